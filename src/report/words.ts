import { count } from '../core/text.ts';
import type { Change, Counts, UserState } from '../core/plan.ts';
import type { Summary } from './report.ts';

/** The words that the formats for people have in common. `show` makes text from outside safe in that format. */
type Show = (text: string) => string;

/** What an update or a rename changes, one line each: `full name: "A" → "B"`. */
export function differences({ before, after }: Change, show: Show): string[] {
  if (before === null || after === null) return [];
  const say = (value: string | string[] | null) => {
    if (value === null || value.length === 0) return '(none)';
    return typeof value === 'string' ? `"${show(value)}"` : someOf(value.map(show));
  };
  return members
    .filter(([, of]) => JSON.stringify(of(before)) !== JSON.stringify(of(after)))
    .map(([name, of]) => {
      const [old, now] = [say(of(before)), say(of(after))];
      return old === now ? `${name}: differs further on; JSON shows it` : `${name}: ${old} → ${now}`;
    });
}

const members: [string, (user: UserState) => string | string[] | null][] = [
  ['full name', (user) => user.fullName],
  ['distinguished name', (user) => user.distinguishedName],
  ['addresses', (user) => user.emailAddresses],
];

/** Whoever has more addresses is a list; JSON names all of them. */
const mostAddresses = 10;

function someOf(addresses: string[]): string {
  const rest = addresses.length - mostAddresses;
  const more = rest > 0 ? [`… and ${rest.toLocaleString('en-US')} more`] : [];
  return [...addresses.slice(0, mostAddresses), ...more].join(', ');
}

/** Who somebody is, in a few words: full name, then primary address. */
export function describe(user: UserState, show: Show): string {
  const [primary, ...others] = user.emailAddresses.map(show);
  const address =
    primary === undefined ? 'no address' : primary + (others.length > 0 ? ` (+${others.length})` : '');
  return user.fullName === null ? address : `${show(user.fullName)}, ${address}`;
}

/** What becomes of an archive against expectation. */
export function archiveNote({ note }: Change): string | null {
  if (note === null) return null;
  const messages = count(note.messages, 'message');
  return note.archive === 'kept'
    ? `the archive stays without an owner: it holds ${messages}`
    : `takes over the archive of this name that stands without an owner, with ${messages}`;
}

/** `2 to create, 1 to delete`, or `2 created, 1 deleted` once it is done. */
export function changeCounts(counts: Counts, done: boolean): string {
  const parts = [
    [counts.created, 'create', 'created'],
    [counts.renamed, 'rename', 'renamed'],
    [counts.updated, 'update', 'updated'],
    [counts.deleted, 'delete', 'deleted'],
  ] as const;
  return parts
    .filter(([n]) => n > 0)
    .map(([n, toDo, past]) => `${n.toLocaleString('en-US')} ${done ? past : `to ${toDo}`}`)
    .join(', ');
}

/** Every count that is no change, those that are zero left out. */
export function otherCounts(counts: Counts): string {
  const parts: [number, string][] = [
    [counts.outOfScope, 'out of scope'],
    [counts.skipped, 'skipped'],
    [counts.unchanged, 'unchanged'],
    [counts.kept, 'kept though gone'],
    [counts.conflicts, counts.conflicts === 1 ? 'conflict' : 'conflicts'],
    [counts.protected, counts.protected === 1 ? 'protected admin' : 'protected admins'],
  ];
  return [
    `${count(counts.directory, 'entry', 'entries')} in the directory`,
    ...parts.filter(([n]) => n > 0).map(([n, what]) => `${n.toLocaleString('en-US')} ${what}`),
  ].join(', ');
}

/** What the result means, in one sentence. */
export function verdict({ mode, counts, blocks, committed, run }: Summary): string {
  if (blocks.length > 0) return 'Blocked: nothing was written.';
  const changes = changeCounts(counts, committed);
  if (committed)
    return `${changes ? `Committed as run ${run ?? '?'}: ${changes}` : `No changes. Recorded as run ${run ?? '?'}`}.`;
  if (changes === '') return 'No changes.';
  return mode === 'test' ? `Plan: ${changes}.` : `Not committed: ${changes}.`;
}
