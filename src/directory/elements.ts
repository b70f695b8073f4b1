import { getManyValues, isMany, none } from 'stream-chain/core';
import { Assembler } from 'stream-json/assembler.js';
import { jsonParser, type parser } from 'stream-json/parser.js';

/**
 * Reads one JSON array as it arrives.
 *
 * What JSON.parse rejects is rejected here, too: an array that does not close, anything after it, several values,
 * NaN, comments. So is any other value than an array.
 *
 * @param chunks the text, cut anywhere
 * @returns the elements in order, in groups as they become whole; those in front of a fault are handed out before it
 *   is thrown
 * @throws SyntaxError
 */
export async function* readElements(chunks: AsyncIterable<string>): AsyncGenerator<unknown[]> {
  const parse = jsonParser({ streamValues: false }) as (chunk: string | typeof none) => unknown;
  const assembler = new Assembler();
  let isArray = false;

  const take = (chunk: string | typeof none): unknown[] => {
    const elements: unknown[] = [];
    for (const token of tokensOf(parseOrThrow(parse, chunk))) {
      if (!isArray && token.name !== 'startArray') throw new SyntaxError('it is no array');
      isArray = true;
      assembler.consume(token);
      if (assembler.stack.length === 0 && Array.isArray(assembler.current)) {
        elements.push(...(assembler.current as unknown[]).splice(0));
      }
    }
    return elements;
  };

  for await (const chunk of chunks) {
    const elements = take(chunk);
    if (elements.length > 0) yield elements;
  }
  // At its end a number may still be open, and a missing bracket is only now known to be missing.
  const rest = take(none);
  if (rest.length > 0) yield rest;
}

function tokensOf(result: unknown): parser.Token[] {
  if (result === none) return [];
  return (isMany(result) ? getManyValues(result as never) : [result]) as parser.Token[];
}

function parseOrThrow(parse: (chunk: string | typeof none) => unknown, chunk: string | typeof none): unknown {
  try {
    return parse(chunk);
  } catch {
    // The parser's own words quote the text, with people's names in it.
    throw new SyntaxError(chunk === none ? 'it ends before the array does' : 'it is not valid JSON');
  }
}
