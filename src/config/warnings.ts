import { accessSync, constants, statSync } from 'node:fs';
import { visible } from '../core/text.ts';
import type { Config } from './config.ts';
import type { Source } from './yaml.ts';

/**
 * What is allowed but deserves a word.
 *
 * @param secretFiles the paths of files that hold a secret and nothing else
 */
export function warningsOf(
  { file, directory, database }: Config,
  source: Source,
  secretFiles: readonly string[],
): string[] {
  const warnings: string[] = [];
  const { protocol, hostname } = new URL(directory.url);
  if (directory.tls.ignoreWarnings) {
    warnings.push('directory.tls.ignoreWarnings is on: whoever answers is believed to be the directory');
  }
  if (directory.authentication && protocol === 'http:' && !isLoopback(hostname)) {
    warnings.push('the password of the directory travels unencrypted; use https in directory.url');
  }
  const holdsPassword =
    source.isLiteral(['directory', 'authentication', 'password']) ||
    (source.isLiteral(['database', 'url']) &&
      database.kind === 'postgres' &&
      new URL(database.url).password !== '');
  if (file !== '-') warnings.push(...modeWarnings(file, holdsPassword));
  return warnings.concat(secretFiles.filter(isOurs).flatMap((path) => modeWarnings(path, true)));
}

function modeWarnings(path: string, holdsPassword: boolean): string[] {
  const { mode } = statSync(path);
  const name = visible(path);
  if ((mode & 0o002) !== 0) return [`anybody on this machine can change ${name}; chmod 600 it`];
  return holdsPassword && (mode & 0o004) !== 0
    ? [`${name} holds a password and anybody on this machine can read it; chmod 600 it`]
    : [];
}

/** The secrets of a container lie on a read-only disk, where nobody can change their mode. */
function isOurs(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const isLoopback = (host: string) => /^(localhost|127\.[\d.]+|\[::1\])$/.test(host);
