import { RollcallError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import { failed, failure, ok, warning } from './verdicts.ts';

/** What `config check` found; every string is safe to print, but for the name of the file. */
export interface CheckedConfiguration {
  /** As the user named it; `-` for standard input. */
  file: string;
  problems: readonly { line: number; column: number; key: string; message: string }[];
  warnings: readonly string[];
  /** Why it could not be read at all, and what to do. */
  unreadable: string | null;
}

const check = 'configurationFile';

/** The configuration: its problems, or what is allowed but risky. */
export function configurationFindings({
  file,
  problems,
  warnings,
  unreadable,
}: CheckedConfiguration): Finding[] {
  if (unreadable !== null) return [failure(check, new RollcallError('config', unreadable))];
  const name = file === '-' ? 'standard input' : visible(file);
  if (problems.length > 0) {
    return problems.map(({ line, column, key, message }) => {
      const parts = [`${name}:${line}:${column}`, key, message].filter((part) => part !== '');
      return failed(check, parts.join(': '), 'docs/configuration.md lists every key');
    });
  }
  if (warnings.length === 0) return [ok(check, `${name} is valid`)];
  return warnings.map((text) => {
    const at = text.lastIndexOf('; ');
    return at < 0
      ? warning(check, text, 'see docs/configuration.md')
      : warning(check, text.slice(0, at), text.slice(at + 2));
  });
}
