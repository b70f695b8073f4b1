import { keyOf } from '../core/names.ts';
import type { Profile } from '../core/plan.ts';
import { visible } from '../core/printable.ts';
import { isUser } from './person-rows.ts';
import type { Person } from './persons.ts';

/** The members that hold names of users and archives. */
const naming = new Set(['userName', 'name', 'owner', 'archive', 'archives', 'accessEnded', 'same', 'new']);

/** What stands in the place of what was taken out. */
export const forgotten = '(forgotten)';

/**
 * Finds persons in what is recorded under a name alone. A name that somebody stored has today means that user, except while
 * the person was there.
 */
export class Traces {
  readonly #names: { key: string; from: number; to: number }[];
  readonly #words: RegExp | null;
  readonly #persons: readonly Person[];

  /** @param taken the keys of the names of all stored users whose names are among theirs */
  constructor(persons: readonly Person[], owners: readonly Profile[], taken: ReadonlySet<string>) {
    this.#persons = persons;
    const ofPersons = persons.flatMap(({ names, events }) => {
      const times = events.map(({ at }) => at.getTime());
      return names.map((name) => ({ name, from: Math.min(...times), to: Math.max(...times) }));
    });
    // When they were there is not known.
    const ofOwners = owners.map(({ userName }) => ({ name: userName, from: Infinity, to: -Infinity }));
    this.#names = [...ofPersons, ...ofOwners].map(({ name, from, to }) => {
      const key = keyOf(name);
      return taken.has(key) ? { key, from, to } : { key, from: -Infinity, to: Infinity };
    });
    this.#words = wordsOf([...this.#profiles(), ...owners]);
  }

  /** Whether the name of a user or archive meant one of them at that time. */
  means(name: string, at: Date): boolean {
    const key = keyOf(name.replace(/ \(until \d{4}-\d\d-\d\d(, \d+)?\)$/, ''));
    const time = at.getTime();
    return this.#names.some((one) => one.key === key && one.from <= time && time <= one.to);
  }

  /**
   * A copy of a value from JSON in which nothing names them.
   *
   * @param member where the value stands: in others, a string is no name, even if it looks like theirs
   */
  without(value: unknown, at: Date, member: string): unknown {
    if (typeof value === 'string') return naming.has(member) && this.means(value, at) ? forgotten : value;
    if (Array.isArray(value)) return value.map((item) => this.without(item, at, member));
    if (value === null || typeof value !== 'object') return value;
    const { userName } = value as { userName?: unknown };
    if (member === 'lastOwner' && typeof userName === 'string' && this.means(userName, at)) return null;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        member === 'access' && this.means(name, at) ? forgotten : name,
        this.without(item, at, name),
      ]),
    );
  }

  /** A message without their names and everything else that is known of them. */
  withoutWords(message: string): string {
    return this.#words === null ? message : message.replace(this.#words, forgotten);
  }

  /** All that they ever were. */
  #profiles(): Profile[] {
    return this.#persons.flatMap(({ events }) =>
      events.flatMap(({ before, after }) => [before, after].filter(isUser)),
    );
  }
}

/** Matches whole words only: somebody may be called `a`. */
function wordsOf(profiles: Profile[]): RegExp | null {
  const words = profiles.flatMap(({ userName, fullName, distinguishedName, emailAddresses }) =>
    [userName, fullName, distinguishedName, ...emailAddresses].filter((word) => word !== null && word !== ''),
  ) as string[];
  if (words.length === 0) return null;
  const patterns = [...new Set(words.flatMap((word) => [word, visible(word)]))]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${patterns.join('|')})(?![\\p{L}\\p{N}_])`, 'giu');
}
