import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Person {
  userName: string;
  fullName: string;
  distinguishedName: string;
  emailAddresses: string[];
}

/** `steady` is the day after `base`: 1 % of the people changed, 0.2 % are new, 0.2 % are gone. */
export type Day = 'base' | 'steady';

const given = ['Ada', 'Alan', 'Bärbel', 'Chen', 'Dmitri', 'Edsger', 'Grace', 'Ivana', 'José', 'Kwame', 'Zoë'];
const family = ['Hopper', 'Lovelace', 'Müller', 'Nguyen', 'Okafor', 'Petrov', 'Quinn', 'Sørensen', 'Turing'];
const units = ['Sales', 'Research', 'Support', 'Legal', 'Operations'];

const plain = (name: string) =>
  name
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();

const [plainGiven, plainFamily] = [given.map(plain), family.map(plain)];

/** The names come in no alphabetical order, as in a directory. */
export function person(i: number, changed: boolean): Person {
  const [first, last] = [pick(given, i * 7), pick(family, i * 5)];
  const userName = `${pick(plainGiven, i * 7)}.${pick(plainFamily, i * 5)}.${i}`;
  const marries = changed && i % 200 < 100;
  return {
    userName,
    fullName: marries ? `${first} ${last}-${pick(family, i + 1)}` : `${first} ${last}`,
    distinguishedName: `UID=${userName},OU=${pick(units, i)},DC=example,DC=com`,
    emailAddresses: [
      `${userName}@${changed && !marries ? 'new.' : ''}example.com`,
      `${pick(plainFamily, i * 5)}.${i}@mail.example.com`,
    ],
  };
}

const pick = (list: string[], i: number) => list[i % list.length] ?? '';
export function* people(size: number, day: Day): Generator<Person> {
  if (day === 'base') {
    for (let i = 0; i < size; i++) yield person(i, false);
    return;
  }
  for (let i = 0; i < size; i++) if (i % 500 !== 1) yield person(i, i % 100 === 2);
  for (let i = 0; i < size / 500; i++) yield person(size + i, false);
}

/** One address each of so many people. */
export function addressesOfPeople(size: number, most: number): string[] {
  const step = Math.max(1, Math.floor(size / most));
  return Array.from(
    { length: Math.min(size, most) },
    (_, i) => person(i * step, false).emailAddresses[0] ?? '',
  );
}

export const writeJson = (path: string, size: number, day: Day): Promise<void> =>
  write(path, listing(people(size, day)));

/** Writes the rows that a listing comes to, ready for `\copy`. */
export const writeRows = (path: string, size: number, day: Day): Promise<void> =>
  write(path, linesOf(people(size, day)));

const write = (path: string, texts: Iterable<string>) =>
  pipeline(Readable.from(inPieces(texts)), createWriteStream(path));

function* listing(all: Iterable<Person>): Generator<string> {
  let separator = '[';
  for (const one of all) {
    yield separator + JSON.stringify(one);
    separator = ',';
  }
  yield ']';
}

function* linesOf(all: Iterable<Person>): Generator<string> {
  for (const one of all) yield `${rowOf(one).join('\t')}\n`;
}

/** In the order of ready.sql. */
export function rowOf({ userName, fullName, distinguishedName, emailAddresses }: Person): string[] {
  const addresses = `{${emailAddresses.join(',')}}`;
  return [userName, fullName, distinguishedName, addresses, userName.toLowerCase(), addresses.toLowerCase()];
}

export function* inPieces(texts: Iterable<string>): Generator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
