import type { Knex } from 'knex';
import { isDeepStrictEqual } from 'node:util';
import { RollcallError } from '../core/errors.ts';
import { keyOf } from '../core/names.ts';
import type { Profile, UserState } from '../core/plan.ts';
import { visible } from '../core/printable.ts';
import {
  hasRowsWithoutId,
  idsOf,
  isUser,
  rowsOf,
  rowsOfFormerArchives,
  rowsWithoutId,
  spellingsOf,
  storedAmong,
  type PersonEvent,
  type PersonRow,
} from './person-rows.ts';
import { partsOf } from './persons-before.ts';

/** Somebody who is or was a user, and everything that happened to them. */
export interface Person {
  /** Null for somebody of whom only runs before migration 0005 know. */
  id: string | null;
  /** Their name, if they are stored; otherwise null. */
  storedAs: string | null;
  /** In their order, the latest last. */
  names: string[];
  /** In their order. */
  events: PersonEvent[];
}

/**
 * Everybody who has or had a name, in the order in which they came. Renames are followed, so that the name may be one of
 * several of theirs.
 */
export async function findPersons(db: Knex, name: string): Promise<Person[]> {
  const key = keyOf(name);
  const persons = (await everybodyNear(db, await spellingsOf(db, name))).filter(({ names }) =>
    names.some((one) => keyOf(one) === key),
  );
  for (const person of persons) await addFormerArchives(db, person);
  return persons.sort((a, b) => beginOf(a) - beginOf(b) || numberOf(a) - numberOf(b));
}

/** That a name means nothing to the history. */
export const nobodyNamed = (name: string) =>
  new RollcallError('failed', `nobody named ${visible(name)} is stored or in the history`);

/** Those who had the names, and those whom they were mixed up with before runs recorded the numbers of users. */
async function everybodyNear(db: Knex, spellings: string[]): Promise<Person[]> {
  let names = new Set(spellings);
  const isAllNumbered = !(await hasRowsWithoutId(db));
  for (;;) {
    const ids = await idsOf(db, [...names]);
    const stored = await storedAmong(db, ids);
    const rows = inOrder(await rowsOf(db, ids));
    const numbered = ids.map((id) => {
      const mine = rows.filter(({ userId }) => userId === id);
      return personOf(mine, id, stored.find((user) => user.id === id)?.userName ?? null);
    });
    if (isAllNumbered) return numbered;
    const before = await rowsWithoutId(db, [...names]);
    // Where they come from, they may have another name.
    const more = new Set(
      [...names, ...numbered.map(firstName), ...before.flatMap(namesOf)].filter((one) => one !== null),
    );
    if (more.size === names.size) return joined(numbered, before);
    names = more;
  }
}

/** Adds what happened before to those who went on under the last name of it. */
function joined(numbered: Person[], before: PersonRow[]): Person[] {
  const earlier = partsOf(before).map(({ rows, lastName }) => {
    const heir = lastName === null ? undefined : numbered.find((person) => firstName(person) === lastName);
    if (heir === undefined) return personOf(rows, null, null);
    const { events, names } = personOf(rows, null, null);
    heir.events.unshift(...events);
    heir.names = latestLast([...names, ...heir.names]);
    return null;
  });
  return [...numbered, ...earlier.filter((person) => person !== null)];
}

function personOf(rows: PersonRow[], id: string | null, storedAs: string | null): Person {
  const events = rows.map(eventOf);
  const names = [...rows.flatMap(namesOf), storedAs].filter((name) => name !== null);
  return { id, storedAs, events, names: latestLast(names) };
}

const eventOf = ({ userId: _, userName: __, ...event }: PersonRow): PersonEvent => event;

const latestLast = (names: string[]) => [...new Set(names.reverse())].reverse();

/** The name with which somebody comes into what is recorded; null if that is their creation. */
function firstName({ events, storedAs }: Person): string | null {
  const first = events.find(({ before, after }) => isUser(before) || isUser(after));
  if (first === undefined) return storedAs;
  return isUser(first.before) ? first.before.userName : null;
}

const namesOf = ({ before, after }: PersonEvent): string[] =>
  [before, after].filter(isUser).map(({ userName }) => userName);

const inOrder = (rows: PersonRow[]) => rows.sort((a, b) => a.at.getTime() - b.at.getTime());

const numberOf = ({ id }: Person) => Number(id ?? 0);

const beginOf = ({ events }: Person) => events[0]?.at.getTime() ?? 0;

/** What became by hand of the archive that they left behind. */
async function addFormerArchives(db: Knex, person: Person): Promise<void> {
  const last = lastState(person);
  if (last === null || person.storedAs !== null) return;
  for (const event of (await rowsOfFormerArchives(db, [last.userName])).map(eventOf)) {
    const owner = (event.before as unknown as { lastOwner: Profile }).lastOwner;
    const known = person.events.some(({ at }) => at.getTime() === event.at.getTime());
    if (!known && isSameProfile(owner, last)) person.events.push(event);
  }
}

/** What is known last about somebody. */
export function lastState({ events }: Person): UserState | null {
  const states = events.flatMap(({ before, after }) => [before, after].filter(isUser));
  return states.at(-1) ?? null;
}

export function isSameProfile(one: Profile, other: Profile): boolean {
  const parts = ({ userName, fullName, distinguishedName, emailAddresses }: Profile) => [
    ...[userName, fullName, distinguishedName],
    ...emailAddresses,
  ];
  return isDeepStrictEqual(parts(one), parts(other));
}
