import { groupsOf, type CommandSyntax, type OptionSyntax, type Syntax, type Values } from './syntax.ts';

/** The parts of template.fish. */
export const fishParts = (syntax: Syntax): Record<string, string> => ({
  awaiting: syntax.awaiting,
  groups: groupsOf(syntax)
    .map((path) => quoted(`${path} help`))
    .join(' '),
  paths: syntax.commands
    .slice(1)
    .map(({ path }) => quoted(path))
    .join(' '),
  lines: [
    ...syntax.everywhere.map((option) => `complete -c rollcall${optionWords(option)}`),
    ...syntax.commands.flatMap(linesOf),
  ].join('\n'),
});

function linesOf({ path, commands, options, arguments: all }: CommandSyntax): string[] {
  const here = `complete -c rollcall -n '__rollcall_at "${path}"'`;
  const above = `complete -c rollcall -n '__rollcall_at "${path}" help'`;
  return [
    ...commands.map(({ name, description }) => `${above} -a ${name} -d ${quoted(description)}`),
    ...options.map((option) => `${here}${optionWords(option)}`),
    ...all.flatMap(({ values }) => (offerOf(values) === '' ? [] : [`${here}${offerOf(values)}`])),
  ];
}

function optionWords({ flags, value, description }: OptionSyntax): string {
  const names = flags.map((flag) =>
    flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`,
  );
  const offer = value === null ? '' : ` -r${offerOf(value.values) || ' -f'}`;
  return `${names.join('')}${offer} -d ${quoted(description)}`;
}

function offerOf(values: Values): string {
  if (values === 'files') return ' -F';
  return values === null || values === 'runs' ? '' : ` -f -a '${values.join(' ')}'`;
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
