import type { SkipReason } from '../core/entry.ts';
import type { Block, Exceeded } from '../core/limits.ts';
import type { Change, Counts, Notice, Remark, UserState } from '../core/plan.ts';
import { count } from '../core/text.ts';
import type { Summary } from './report.ts';

/** The words that the formats for people have in common. `show` makes text from outside safe in that format. */
export type Show = (text: string) => string;

/** What an update or a rename changes, one line each: `full name: "A" → "B"`. */
export function differences({ before, after }: Change, show: Show): string[] {
  if (before === null || after === null) return [];
  return members
    .filter(([, of]) => JSON.stringify(of(before)) !== JSON.stringify(of(after)))
    .map(([name, of]) => {
      const [old, now] = [valueText(of(before), show), valueText(of(after), show)];
      return old === now ? `${name}: differs further on; JSON shows it` : `${name}: ${old} → ${now}`;
    });
}

type Described = Pick<UserState, 'fullName' | 'distinguishedName' | 'emailAddresses'>;

const members: [string, (user: Described) => string | string[] | null][] = [
  ['full name', (user) => user.fullName],
  ['distinguished name', (user) => user.distinguishedName],
  ['addresses', (user) => user.emailAddresses],
];

export function valueText(value: string | string[] | null, show: Show): string {
  if (value === null || value.length === 0) return '(none)';
  return typeof value === 'string' ? `"${show(value)}"` : someOf(value.map(show));
}

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

/** What an answer decided, and what becomes of an archive against expectation. */
export function changeNotes({ action, identity, archive }: Change, show: Show): string[] {
  const notes: string[] = [];
  if (identity === 'same') notes.push('the same person, as answered');
  if (identity === 'new')
    notes.push(action === 'create' ? 'another person, as answered' : 'replaced, as answered');
  if (archive === null) return notes;
  const messages = count(archive.messages, 'message');
  const name = `"${show(archive.name)}"`;
  const whose = action === 'delete' ? 'the archive' : 'the archive of this name, which has no owner,';
  if (archive.outcome === 'kept') notes.push(`the archive stays without an owner: it holds ${messages}`);
  if (archive.outcome === 'setAside') notes.push(`${whose} is set aside as ${name}: it holds ${messages}`);
  if (archive.outcome === 'takenOver') notes.push(`takes over the archive ${name}, with ${messages}`);
  if (archive.outcome === 'takenOver' && archive.accessEnded.length > 0) {
    notes.push(`no longer read by ${someOf(archive.accessEnded.map(show))}`);
  }
  return notes;
}

/** Why somebody is left alone. */
export function noticeText({ reason, userName, data }: Notice, show: Show): string {
  switch (reason) {
    case 'integrated':
      return 'an integrated user has this name; the entry of the directory is ignored';
    case 'admin':
      return 'gone from the directory, kept because admins are never deleted';
    case 'gone':
      return 'gone from the directory, kept because options.deleteUsers is off';
    case 'unsure':
      return 'not found in the directory, kept because an entry that cannot be read may be theirs';
    case 'nameTaken': {
      if (data === null) return 'the name is taken';
      const holder = show(data.holder ?? '');
      const why = {
        user: `the user ${holder} stays there`,
        integrated: `an integrated user has that name`,
        archive: `the archive of that name is ${holder}'s`,
        renamesOff: 'options.renames is off',
      }[data.by];
      return data.wanted === userName
        ? `not created: ${why}`
        : `is ${show(data.wanted)} now, and keeps the old name: ${why}`;
    }
  }
}

/** Why an entry is left out. */
export function skipText(reason: SkipReason): string {
  switch (reason.code) {
    case 'notAnObject':
      return `is ${reason.kind}, not an object`;
    case 'missing':
      return `${reason.member} is missing or empty`;
    case 'reserved':
      return `the name ${reason.value} is reserved`;
    case 'wrongType':
      return `${reason.member} is ${reason.kind}, not ${reason.expected === 'array' ? 'an array' : 'a string'}`;
    case 'tooLong':
      return `${reason.member} has ${reason.length} characters; at most ${reason.most} are taken`;
    case 'tooMany':
      return `has ${reason.length} addresses; at most ${reason.most} are taken`;
    case 'nul':
      return `${reason.member} holds a NUL character`;
    case 'loneSurrogate':
      return `${reason.member} holds half a character (a lone surrogate)`;
    case 'controlCharacter':
      return `${reason.member} holds a control character`;
    case 'repeated': {
      const more = reason.more > 0 ? ` and ${reason.more} more` : '';
      return `entries ${reason.numbers.join(', ')}${more} have the same name and differ`;
    }
    case 'scopeUnclear':
      return `a rule of the scope asks for ${reason.member}, which is missing or cannot be read`;
  }
}

/** What happens all the same and should be known. */
export function remarkText(remark: Remark, show: Show): string {
  const n = remark.count;
  const examples = (texts: string[]) => [...texts, ...(n > texts.length ? ['…'] : [])].join('; ');
  switch (remark.reason) {
    case 'sharedAddress':
      return `mail for ${count(n, 'address', 'addresses')} goes to somebody else, or to several: ${examples(
        remark.examples.map(
          ({ address, userName, others }) =>
            `${show(address)} (now ${show(userName)}; before or also ${someOf(
              others.map((other) => (other === userName ? `the former ${show(other)}` : show(other))),
            )})`,
        ),
      )}`;
    case 'maybeSamePerson':
      return `${count(n, 'new user')} may be somebody who is gone or in doubt: ${examples(
        remark.examples.map(
          ({ userName, stored, share }) =>
            `${show(userName)} has ${share === 'fullName' ? 'the full name' : 'an address'} of ${show(stored)}`,
        ),
      )}`;
    case 'oddAddress':
      return `${count(n, 'value is', 'values are')} not plain addresses, kept as listed: ${examples(
        remark.examples.map(({ userName, address }) => `${show(address)} (${show(userName)})`),
      )}`;
  }
}

/** Why a run is refused, and what allows it this once. */
export function blockText(block: Block): string {
  const option = blockOption(block);
  const allow = option === null ? '' : `; to allow it this once: ${option}`;
  const users = `${block.changes} of ${block.stored} stored directory users`;
  switch (block.limit) {
    case 'emptyList':
      return block.strangers > 0
        ? `no stored directory user was found again (0 of ${block.stored}), while ${count(block.strangers, 'new one')} would be created; check directory.url and scope${allow}`
        : `no stored directory user was found again (0 of ${block.stored}), and nobody new is listed who could be; an empty listing never changes anything`;
    case 'overlap':
      return `only ${users} were found again, less than ${exceededText(block.exceeded)}; check directory.url and scope${allow}`;
    case 'missingMember':
      return `no entry has ${block.member}, but entries have ${block.seen.join(', ')}; if the directory means one of these, it must call it ${block.member}${allow}`;
    case 'creations':
      return `it would create ${block.changes} users beside ${block.stored} stored directory users, more than ${exceededText(block.exceeded)}${allow}`;
    default:
      return `it would ${verbs[block.limit]} ${users}, more than ${exceededText(block.exceeded)}${allow}`;
  }
}

const verbs = { deletions: 'delete', updates: 'update', renames: 'rename' };

const exceededText = (exceeded: Exceeded) =>
  'percent' in exceeded ? `${exceeded.percent} %` : `the ${exceeded.count} that the limit allows`;

/** The option that lets a blocked run through, with its value; null when nothing does. */
export function blockOption(block: Block): string | null {
  switch (block.limit) {
    case 'emptyList':
      return block.strangers > 0 ? '--min-overlap 0%' : null;
    case 'overlap':
      return `--min-overlap ${Math.floor((block.changes * 100) / block.stored)}%`;
    case 'missingMember':
      return `--accept-missing ${block.member}`;
    default:
      return `${limitOptions[block.limit]} ${block.changes}`;
  }
}

export const limitOptions = {
  deletions: '--max-deletes',
  updates: '--max-updates',
  renames: '--max-renames',
  creations: '--max-creates',
} as const;

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
    [counts.doubts, 'in doubt'],
    [counts.unchanged, 'unchanged'],
    [counts.gone + counts.unsure, 'kept though gone'],
    [counts.admin, counts.admin === 1 ? 'protected admin' : 'protected admins'],
    [counts.nameTaken + counts.integrated, 'with a name that is taken'],
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
