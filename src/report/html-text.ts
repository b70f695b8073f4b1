import { visible } from '../core/printable.ts';
import type { Show } from './words.ts';

// `visible` lets neither of them through, so no text from outside can contain one.
const [begin, end] = ['\u0001', '\u0002'];

/** Marks text from outside in a sentence, which `html` escapes as a whole. */
export const mark: Show = (text) => `${begin}${visible(text)}${end}`;

/** Escapes a sentence. What `mark` has marked in it is isolated, so that right-to-left names move nothing beside them. */
export const html = (sentence: string): string =>
  sentence
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
    // Where a distinguished name may be broken.
    .replace(/,(?=\S)/g, ',<wbr>')
    .replaceAll(begin, '<bdi>')
    .replaceAll(end, '</bdi>');

/** Text from outside that stands alone. */
export const outside = (text: string): string => html(mark(text));

/** A sentence that may contain text from outside without a mark. */
export const plain = (sentence: string): string => html(visible(sentence));
