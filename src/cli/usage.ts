import { visible } from '../core/printable.ts';

/** Words from other tools, and what to use here. */
const elsewhere: Record<string, string> = {
  '--dry-run': '"rollcall sync test" is the dry run',
  '--json': 'use --format json',
  plan: '"rollcall sync test" shows the plan',
  apply: '"rollcall sync test" shows the plan, and "rollcall sync now" commits it',
};

/** Never suggested: a typo must not lead to a destructive command. */
const destructive = new Set(['now', 'remove', 'forget', 'prune', '--new', '--with-mail']);

/**
 * Turns a usage error into one line.
 *
 * @param message as commander words it: `error: unknown option '--jsn'`, and perhaps `(Did you mean --json?)` below
 */
export function usageLine(message: string): string {
  const [first = '', second = ''] = message
    .replace(/^error: /, '')
    .trimEnd()
    .split('\n');
  const unknown = /^unknown (?:option|command) '(.*)'$/.exec(first)?.[1] ?? '';
  const proposed = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(second)?.[1]?.split(', ') ?? [];
  const safe = proposed.filter((word) => !destructive.has(word));
  const hint = elsewhere[unknown] ?? (safe.length > 0 ? `did you mean ${safe.join(' or ')}?` : 'see --help');
  // "Expected 1 argument but got 2." is a second sentence that only counts what was typed.
  const what = first.replace(/\. Expected \d+ arguments? but got \d+\.$/, '');
  return visible(invalidValue(first) ?? `${what}; ${hint}`);
}

/** `--max-deletes: 'x' is not valid; it must be …`; commander would print every spelling of the option. */
function invalidValue(message: string): string | null {
  const [, option, argument, value, named, rule] =
    /^(?:option '(?:-\w, )?(--[\w-]+).*?' (argument)|command-argument value) '(.*)' is invalid(?: for argument '(.*)')?\. (.*)\.$/s.exec(
      message,
    ) ?? [];
  if (rule === undefined) return null;
  const what = argument === undefined ? (named ?? '') : (option ?? '');
  return `${what}: '${value ?? ''}' is not valid; ${rule.charAt(0).toLowerCase()}${rule.slice(1)}`;
}
