import { groupsOf, type CommandSyntax, type OptionSyntax, type Syntax, type Valued } from './syntax.ts';

/** The parts of template.zsh. */
export const zshParts = (syntax: Syntax): Record<string, string> => ({
  awaiting: syntax.awaiting,
  groups: groupsOf(syntax)
    .map((path) => quoted(`${path} help`))
    .join('|'),
  paths: syntax.commands
    .slice(1)
    .map(({ path }) => quoted(path))
    .join('|'),
  cases: syntax.commands.map(caseOf).join('\n'),
  everywhere: syntax.everywhere
    .flatMap(specsOf)
    .map((spec) => `    ${spec}`)
    .join(' \\\n'),
});

function caseOf({ path, commands, options, arguments: all }: CommandSyntax): string {
  const lines = [];
  if (commands.length > 0) {
    const list = commands.map(({ name, description }) => quoted(`${name}:${description}`));
    lines.push(`      commands=(\n${indented(list)}\n      )`);
  }
  const specs = [...options.flatMap(specsOf), ...placesOf(path, commands.length > 0, all)];
  if (specs.length > 0) lines.push(`      options=(\n${indented(specs)}\n      )`);
  return [`    (${quoted(path)})`, ...lines, '      ;;'].join('\n');
}

const indented = (lines: string[]) => lines.map((line) => `        ${line}`).join('\n');

/** The words of the command count as arguments, too. */
function placesOf(path: string, isGroup: boolean, all: Valued[]): string[] {
  const depth = path.split(' ').filter(Boolean).length;
  const taken = Array.from({ length: depth }, (_, i) => quoted(`${i + 1}: : `));
  if (isGroup) return [...taken, `'${depth + 1}:command:{_describe -t commands command commands}'`];
  return [
    ...taken,
    ...all.map((value, i) => quoted(`${value.isMany ? '*' : depth + 1 + i}:${argumentOf(value)}`)),
  ];
}

/** Where nothing can be offered, the name of the argument is shown, unless an option is being typed. */
const argumentOf = (value: Valued) =>
  value.values === null || value.values === 'runs'
    ? `${nameOf(value)}:_guard "^-*" "${nameOf(value)}"`
    : valueOf(value);

function specsOf({ flags, value, description }: OptionSyntax): string[] {
  const isLast = flags.includes('--help') || flags.includes('--version');
  // An option whose values cannot be listed may be meant to be repeated.
  const before = isLast ? '(- *)' : value !== null && value.values === null ? '*' : `(${flags.join(' ')})`;
  const told = `[${description.replace(/[[\]\\:]/g, '\\$&')}]`;
  return flags.map((flag) => {
    const joint = value === null ? '' : flag.startsWith('--') ? '=' : '+';
    return quoted(`${before}${flag}${joint}${told}${value === null ? '' : `:${valueOf(value)}`}`);
  });
}

function valueOf(value: Valued): string {
  const { values } = value;
  if (values === 'files') return `${nameOf(value)}:_files`;
  return `${nameOf(value)}:${values === null || values === 'runs' ? ' ' : `(${values.join(' ')})`}`;
}

const nameOf = ({ placeholder }: Valued) => placeholder.replaceAll('|', ' or ');

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
