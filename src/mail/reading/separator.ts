/**
 * What a line `From …` of an mbox looks like: with something like a date (a time of day and a year); with one word at most, as
 * programs write it that know no date; with an address and something else; or like a sentence.
 */
export type Shape = 'dated' | 'bare' | 'odd' | 'sentence';

const timeOfDay = /(?<!\d)\d{1,2}:\d{2}(?!\d)/;
const year = /(?<!\d)(?:19|20)\d{2}(?!\d)/;
/** `Mon Nov 26 06:03:48 98`. */
const shortYear = /\d{2}:\d{2}:\d{2} (?:\S+ )?\d{2}$/;

export function shapeOf(line: Buffer): Shape {
  const text = line.toString('latin1', 0, 1000).trim();
  if (timeOfDay.test(text) && (year.test(text) || shortYear.test(text))) return 'dated';
  const [, sender = '', ...more] = text.split(/\s+/, 3);
  if (more.length === 0) return 'bare';
  return sender.includes('@') ? 'odd' : 'sentence';
}

/** What speaks for a separator. */
export interface Signs {
  shape: Shape;
  /** Whether the first line of the file has this shape. */
  isUsual: boolean;
  /** An empty line is before it. */
  isAfterBlank: boolean;
  /** A header is behind it: fields, one of which messages have. */
  isBeforeHeader: boolean;
}

/**
 * Where an mbox is cut. A line is a separator if an empty line is before, a header behind, and it has a date, or none like the first
 * line of the file. If a header is behind but something else is missing, the message may be two, and is not imported: as one, it
 * would come into the archives of both. A date alone, or a sentence that a header follows, is text of which an administrator
 * should know.
 */
export function verdictOn({ shape, isUsual, isAfterBlank, isBeforeHeader }: Signs): Verdict {
  if (!isBeforeHeader) return shape === 'dated' ? 'note' : 'text';
  if (shape === 'sentence') return isAfterBlank ? 'note' : 'text';
  return isAfterBlank && (shape === 'dated' || (shape === 'bare' && isUsual)) ? 'cut' : 'doubt';
}

export type Verdict = 'cut' | 'doubt' | 'note' | 'text';
