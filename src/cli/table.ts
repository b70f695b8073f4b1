import { visible } from '../core/printable.ts';

/** Two columns are this far apart. */
const gap = 2;
/** So many rows decide how wide the columns are: the first line must not wait for the last one. */
const measured = 1_000;
/** Where nothing is cut, a longer value moves the rest of its own line, and not of all. */
const widest = 40;
/** No column of a narrow terminal gets less, unless its values need less. */
const narrowest = 6;

/** The columns of a table: what stands above each, and its values. */
export type Columns<T> = Record<string, (item: T) => string>;

/**
 * The lines of a table.
 *
 * @param most the width of the terminal, to which columns are cut; null for a file or a pipe, which get whole values
 */
export async function* tableLines<T>(
  items: readonly T[],
  columns: Columns<T>,
  most: number | null,
): AsyncGenerator<string> {
  const { default: widthOf } = await import('string-width');
  // Of plain text, which nearly all is, the width need not be looked up for each character.
  const width = (text: string) => (/^[ -~]*$/.test(text) ? text.length : widthOf(text));
  const head = Object.keys(columns);
  const row = (item: T) => Object.values(columns).map((of) => visible(of(item)));
  const sample = [head, ...items.slice(0, measured).map(row)];
  const widths = head.map((_, i) =>
    Math.max(...sample.map((cells) => Math.min(width(cells[i] ?? ''), most ?? widest))),
  );
  if (most !== null) fit(widths, most - gap * (head.length - 1));
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => {
        const text = most === null ? cell : fitted(cell, widths[i] ?? 0, width);
        return text + ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(text)));
      })
      .join(' '.repeat(gap))
      .trimEnd();
  yield line(head);
  for (const item of items) yield line(row(item));
}

/** Takes from the widest columns until they fit. */
function fit(widths: number[], most: number): void {
  for (let over = widths.reduce((sum, width) => sum + width, 0) - most; over > 0; over--) {
    const largest = Math.max(...widths);
    if (largest <= narrowest) return;
    widths[widths.lastIndexOf(largest)] = largest - 1;
  }
}

function fitted(text: string, most: number, width: (text: string) => number): string {
  if (width(text) <= most) return text;
  let kept = '';
  for (const char of text) {
    if (width(kept + char) >= most) break;
    kept += char;
  }
  return `${kept}…`;
}
