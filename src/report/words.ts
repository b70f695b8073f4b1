import type { Block, Exceeded, MissingMember } from '../core/limits.ts';
import {
  changesOf,
  type Change,
  type Counts,
  type Profile,
  type Remark,
  type UserState,
} from '../core/plan.ts';
import { count, grouped, visible } from '../core/printable.ts';
import { isTest, type Header, type Summary } from './format.ts';
import { momentText } from './moment.ts';

/** Makes text from outside safe in one format. */
export type Show = (text: string) => string;

/** The value of a member: a text, addresses, or nothing. */
export type Value = string | string[] | null;

/** What an update or a rename changes, member by member. */
export function changedMembers({ before, after }: Change): { name: string; old: Value; now: Value }[] {
  if (before === null || after === null) return [];
  return members
    .map(([name, of]) => ({ name, old: of(before), now: of(after) }))
    .filter(({ old, now }) => JSON.stringify(old) !== JSON.stringify(now));
}

/** The changes of an update or a rename, one line each: `full name: "A" → "B"`. */
export function differences(change: Change, show: Show): string[] {
  return changedMembers(change).map((member) => {
    const [old, now] = [valueText(member.old, show), valueText(member.now, show)];
    return old === now
      ? `${member.name}: differs in a part not shown here; see --format json`
      : `${member.name}: ${old} → ${now}`;
  });
}

const members: [string, (user: Profile) => Value][] = [
  ['full name', (user) => user.fullName],
  ['distinguished name', (user) => user.distinguishedName],
  ['addresses', (user) => user.emailAddresses],
];

export function valueText(value: Value, show: Show): string {
  if (value === null || value.length === 0) return '(none)';
  return typeof value === 'string' ? `"${show(value)}"` : someOf(value.map(show));
}

/** With more addresses, a user is a mailing list; JSON has them all. */
const mostAddresses = 10;

function someOf(addresses: string[]): string {
  const rest = addresses.length - mostAddresses;
  const more = rest > 0 ? [`… and ${grouped(rest)} more`] : [];
  return [...addresses.slice(0, mostAddresses), ...more].join(', ');
}

/** Describes a user in a few words: full name, then primary address. */
export function describe(user: UserState, show: Show): string {
  const [primary, ...others] = user.emailAddresses.map(show);
  const address =
    primary === undefined ? 'no address' : primary + (others.length > 0 ? ` (+${others.length})` : '');
  return user.fullName === null ? address : `${show(user.fullName)}, ${address}`;
}

/** Notes on a change: the answer that decided it, and anything unusual that happens to an archive. */
export function changeNotes({ action, identity, archive }: Change, show: Show): string[] {
  const notes: string[] = [];
  if (identity === 'same') notes.push('the same person, as answered');
  if (identity === 'new')
    notes.push(action === 'create' ? 'another person, as answered' : 'replaced, as answered');
  if (archive === null) return notes;
  const messages = count(archive.messages, 'message');
  const name = `"${show(archive.name)}"`;
  const whose = action === 'delete' ? 'the archive' : 'the archive with this name, which has no owner,';
  if (archive.outcome === 'kept') notes.push(`the archive stays without an owner: it holds ${messages}`);
  if (archive.outcome === 'setAside') notes.push(`${whose} is set aside as ${name}: it holds ${messages}`);
  if (archive.outcome === 'takenOver') notes.push(`takes over the archive ${name}, with ${messages}`);
  if (archive.outcome === 'takenOver' && archive.accessEnded.length > 0) {
    notes.push(`no longer readable by ${someOf(archive.accessEnded.map(show))}`);
  }
  return notes;
}

/** Something that does not stop the run, but that the administrator should know. */
export function remarkText(remark: Remark, show: Show): string {
  const n = remark.count;
  const examples = (texts: string[]) => [...texts, ...(n > texts.length ? ['…'] : [])].join('; ');
  switch (remark.reason) {
    case 'sharedAddress':
      return `mail for ${count(n, 'address', 'addresses')} goes to someone else, or to several users: ${examples(
        remark.examples.map(
          ({ address, userName, others }) =>
            `${show(address)} (now ${show(userName)}; previously or also ${someOf(
              others.map((other) => (other === userName ? `the former ${show(other)}` : show(other))),
            )})`,
        ),
      )}`;
    case 'maybeSamePerson':
      return `${count(n, 'new user')} may be someone who is gone or in doubt: ${examples(
        remark.examples.map(
          ({ userName, stored, share }) =>
            `${show(userName)} has ${share === 'fullName' ? 'the full name' : 'an address'} of ${show(stored)}`,
        ),
      )}`;
    case 'accessReturns':
      return `archives of others may be read again by ${count(n, 'user')}: ${examples(
        remark.examples.map(({ userName, archive }) => `${show(userName)} (${show(archive)})`),
      )}`;
    case 'oddAddress':
      return `${count(n, 'value is not a plain address', 'values are not plain addresses')}, stored as listed: ${examples(
        remark.examples.map(({ userName, address }) => `${show(address)} (${show(userName)})`),
      )}`;
  }
}

/** Why a run is blocked, and the option that allows it once. */
export function blockText(block: Block): string {
  const option = blockOption(block);
  const allow = option === null ? '' : `; to allow it this once: ${option}`;
  const users = `${block.changes} of ${block.stored} stored directory users`;
  switch (block.limit) {
    case 'emptyList':
      return block.strangers > 0
        ? `no stored directory user was found again (0 of ${block.stored}), while ${count(block.strangers, 'new one')} would be created; check directory.url and scope${allow}`
        : `no stored directory user was found again (0 of ${block.stored}), and there is no new user to create; an empty listing never changes anything`;
    case 'overlap':
      return `only ${users} were found again, fewer than ${exceededText(block.exceeded)}; check directory.url and scope${allow}`;
    case 'missingMember':
      return `${missingText(block)}${allow}`;
    case 'creations':
      return `it would create ${block.changes} users, with ${block.stored} directory users stored: more than ${exceededText(block.exceeded)}${allow}`;
    default:
      return `it would ${verbs[block.limit]} ${users}, more than ${exceededText(block.exceeded)}${allow}`;
  }
}

function missingText({ member, called, seen }: MissingMember): string {
  const nobody = `no entry has ${called === member ? member : `${called} (${member})`}`;
  return seen.length === 0
    ? `${nobody}; check directory.members.${member}`
    : `${nobody}, but entries have ${seen.join(', ')}; if one of these is meant, set directory.members.${member} to it`;
}

const verbs = { deletions: 'delete', updates: 'update', renames: 'rename' };

const exceededText = (exceeded: Exceeded) =>
  'percent' in exceeded ? `${exceeded.percent}%` : `the limit of ${exceeded.count}`;

/** What the reader of the result should know: that deletions are the first ones, that doubts wait, what no change tells. */
export function remindersOf(summary: Summary): string[] {
  const { firstDeletions, presenceChanged, committed, counts, undoes } = summary;
  const first = committed
    ? 'This is the first run that deleted users who are gone from the directory.'
    : 'This would be the first run that deletes users who are gone from the directory.';
  return [
    ...(firstDeletions === true ? [first] : []),
    ...(counts.doubts > 0 ? ['Nothing is written for entries in doubt until you answer.'] : []),
    ...(undoes !== null && presenceChanged === true
      ? [`Who is gone ${committed ? 'is' : 'would be'} marked as before run ${undoes}.`]
      : []),
  ];
}

/** The option and value that allow a blocked run; null when none does. */
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

/** `2 to create, 1 to delete`, or `2 created, 1 deleted` when done. */
export function changeCounts(counts: Counts, done: boolean): string {
  const parts = [
    [counts.created, 'create', 'created'],
    [counts.renamed, 'rename', 'renamed'],
    [counts.updated, 'update', 'updated'],
    [counts.deleted, 'delete', 'deleted'],
  ] as const;
  return parts
    .filter(([n]) => n > 0)
    .map(([n, toDo, past]) => `${grouped(n)} ${done ? past : `to ${toDo}`}`)
    .join(', ');
}

/** What the next run does after an undo, and how to keep it from that. */
export function undoAdvice({ mode, counts }: Summary): string[] {
  if (mode !== 'undo' || changesOf(counts) === 0) return [];
  const again = [
    [
      counts.created,
      'deletes again whoever the directory still lacks',
      'options.deleteUsers or the scope keeps them',
    ],
    [counts.deleted, 'creates again whoever the directory still lists', 'scope.exclude leaves them out'],
    [counts.renamed + counts.updated, 'copies again what the directory still lists', 'change it there'],
  ] as const;
  const lines = again.filter(([n]) => n > 0).map(([, what, how]) => `${what} (${how})`);
  return [`The next run ${lines.join('; ')}. "rollcall sync test" shows it.`];
}

/** Runs in the history may be older than some of the counts. */
type StoredCounts = Omit<Counts, 'goneCounting' | 'held' | 'laterChange'> & Partial<Counts>;

/** Every count other than changes, without those that are zero. */
export function otherCounts({
  counts,
  mode,
  undoes,
}: Pick<Summary, 'mode' | 'undoes'> & { counts: StoredCounts }): string {
  const { goneCounting = 0, held = 0, laterChange = 0 } = counts;
  const parts: [number, string][] = [
    [counts.outOfScope, 'out of scope'],
    [counts.skipped, 'skipped'],
    [counts.doubts, 'in doubt'],
    [counts.unchanged, 'unchanged'],
    [counts.gone + goneCounting + counts.unsure, 'gone but kept'],
    [held, 'held'],
    [counts.admin, counts.admin === 1 ? 'protected admin' : 'protected admins'],
    [counts.nameTaken + counts.integrated, 'with a taken name'],
    [laterChange, 'changed since and left out'],
  ];
  const isUndo = mode === 'undo' || undoes !== null;
  return [
    ...(isUndo ? [] : [`${count(counts.directory, 'entry', 'entries')} in the directory`]),
    ...parts.filter(([n]) => n > 0).map(([n, what]) => `${grouped(n)} ${what}`),
  ].join(', ');
}

/** The title of a plan. */
export function titleOf({ mode, record, saved, undoes }: Header): string {
  if (saved !== undefined) return `Saved plan, ${momentText(saved.createdAt)}, by ${visible(saved.actor)}`;
  if (record !== null)
    return `Run ${record.id}${undoes === null ? '' : `, the undo of run ${undoes}`}, ${momentText(record.committedAt)}, by ${visible(record.actor)}`;
  if (mode === 'undo') return `Undo of run ${undoes ?? '?'}`;
  return mode === 'test' ? 'Test: nothing is changed' : 'Synchronization';
}

/** Where the plan comes from and where it goes: `DIRECTORY → DATABASE`. */
export const routeOf = ({ directory, database }: Header, show: Show): string =>
  (directory === null ? [database] : [directory, database]).map(show).join(' → ');

/** The digest of a saved plan; where the plan is shown, also what it was made with. One line each. */
export function savedLines({ saved, plan }: Header, show: Show): string[] {
  if (saved === undefined) return plan === null ? [] : [`Saved plan ${plan}`];
  const { digest, scope, options, defaultPrivileges, schema } = saved;
  const setting = (name: string, value: unknown) => `${name}: ${show(JSON.stringify(value))}`;
  return [
    digest,
    [setting('scope', scope), setting('options', options)].join('; '),
    [setting('defaultPrivileges', defaultPrivileges), setting('schema', schema)].join('; '),
  ];
}

/** When a run started, and how long it took. */
export const timesText = ({ startedAt, durationMs }: Summary) =>
  `Started ${momentText(startedAt)}, took ${(durationMs / 1_000).toFixed(1)} s.`;

/** What to type to commit a plan, if it can be. */
export const toCommit = ({ next, blocks, counts }: Summary): string[] =>
  next !== null && blocks.length === 0 && changesOf(counts) > 0 ? [`To commit it: ${next}`] : [];

/** The result in one sentence. */
export function verdict(summary: Summary): string {
  const { counts, blocks, committed, run } = summary;
  if (blocks.length > 0) return 'Blocked: nothing was written.';
  const changes = changeCounts(counts, committed);
  if (committed)
    return `${changes ? `Committed as run ${run ?? '?'}: ${changes}` : `No changes. Recorded as run ${run ?? '?'}`}.`;
  if (changes === '') return 'No changes.';
  return isTest(summary) ? `Plan: ${changes}.` : `Not committed: ${changes}.`;
}
