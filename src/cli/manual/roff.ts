/** The macros of a manual page, with text that cannot become one. */

/** Text from elsewhere: no backslash, dash, quote or dot at the beginning of a line means anything in it. */
export const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replace(
      /\P{ASCII}/gu,
      (char) => `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replace(/^(?=[.'])/gm, '\\&');

export const bold = (text: string): string => `\\fB${plain(text)}\\fR`;

/** The words of a usage: `-c, --config <file>` with bold flags and the placeholder in italics. */
export const usage = (text: string): string =>
  text
    .split(/(--?[a-zA-Z][\w-]*|<[^>]+>)/)
    .map((part) => {
      if (part.startsWith('<')) return `\\fI${plain(part.slice(1, -1))}\\fR`;
      return part.startsWith('-') ? bold(part) : plain(part);
    })
    .join('');

export const section = (title: string, ...lines: string[]): string => [`.SH ${title}`, ...lines].join('\n');
export const subsection = (title: string, ...lines: string[]): string =>
  [`.SS ${title}`, ...lines].join('\n');
export const term = (name: string, text: string): string => `.TP\n${name}\n${text === '' ? '\\&' : text}`;
export const paragraph = (text: string): string => `.PP\n${text}`;

/** Lines that stay as they are. */
export const example = (lines: string[]): string =>
  ['.PP', '.RS 4', '.nf', ...lines.map(plain), '.fi', '.RE'].join('\n');
