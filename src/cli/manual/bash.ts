import type { CommandSyntax, Syntax, Valued } from './syntax.ts';

/** The parts of template.bash. */
export const bashParts = (syntax: Syntax): Record<string, string> => ({
  awaiting: syntax.awaiting,
  words: syntax.commands.map((command) => wordsOf(command, syntax)).join('\n'),
  values: valueLines([...valuesOfOptions(syntax), ...valuesOfArguments(syntax)]),
  many: valuesOfOptions(syntax)
    .filter(({ value }) => value.isMany)
    .map(({ pattern }) => pattern)
    .join(' | '),
});

function wordsOf({ path, commands, options }: CommandSyntax, { everywhere }: Syntax): string {
  const names = commands.map(({ name }) => name).join(' ');
  const flags = [...options, ...everywhere].flatMap((option) => option.flags).join(' ');
  return `    '${path}') _commands='${names}' _options='${flags}' ;;`;
}

/** Where a value can stand, as a pattern of `case`. */
interface Place {
  pattern: string;
  value: Valued;
}

const valuesOfOptions = ({ commands, everywhere }: Syntax): Place[] =>
  [...commands.map(({ path, options }) => ({ of: `'${path}`, options })), { of: "*'", options: everywhere }]
    .flatMap(({ of, options }) => options.map(({ flags, value }) => ({ of, flags, value })))
    .flatMap(({ of, flags, value }) =>
      value === null ? [] : flags.map((flag) => ({ pattern: `${of}|${flag}'`, value })),
    );

const valuesOfArguments = ({ commands }: Syntax): Place[] =>
  commands.flatMap(({ path, arguments: all }) =>
    all.map((value, i) => ({
      pattern: value.isMany ? `'${path}|'[${i + 1}-9] | '${path}|'[1-9][0-9]*` : `'${path}|${i + 1}'`,
      value,
    })),
  );

/** One line for all places with the same values. */
function valueLines(places: Place[]): string {
  const patterns = new Map<string, string[]>();
  for (const { pattern, value } of places) {
    if (value.values === null) continue;
    const values = typeof value.values === 'string' ? value.values : value.values.join(' ');
    patterns.set(values, [...(patterns.get(values) ?? []), pattern]);
  }
  return [...patterns].map(([values, all]) => `    ${all.join(' | ')}) values='${values}' ;;`).join('\n');
}
