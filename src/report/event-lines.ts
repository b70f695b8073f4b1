import type { Change, UserState } from '../core/plan.ts';
import { count, visible } from '../core/printable.ts';
import { momentText } from './moment.ts';
import { changeNotes, describe, differences } from './words.ts';

/** Something that happened to a person, as `history user` shows it. */
interface Event extends Pick<Change, 'identity' | 'archive'> {
  at: Date;
  run: number | null;
  actor: string;
  command: string;
  action: Change['action'] | 'gone' | 'back' | 'archive';
  before: unknown;
  after: unknown;
}

/** What the history adds to a user when they are changed by hand. */
type UserByHand = UserState & { authentication?: string; access?: Record<string, string[]> };

/** As the history has an archive before or after a change by hand. */
interface Archive {
  name: string;
  owner: string | null;
  messages: number;
  access: Record<string, string[]>;
}

const indent = ' '.repeat(2 + 25 + 2 + 9);

/** The lines of an event: when, what, by whom, and below it what differs. */
export function eventLines(event: Event): string[] {
  const [first = '', ...more] = whatHappened(event);
  const by = `${event.run === null ? event.command : `run ${event.run}`}, ${visible(event.actor)}`;
  return [
    `  ${momentText(event.at)}  ${event.action.padEnd(8)} ${first === '' ? '' : `${first} `}(${by})`,
    ...more.map((line) => indent + line),
  ];
}

function whatHappened(event: Event): string[] {
  const { action, identity, archive } = event;
  if (action === 'archive') return archiveLines(event.before as Archive, event.after as Archive | null);
  if (action === 'gone') return ['no longer in the directory, but kept'];
  if (action === 'back') return ['in the directory again'];
  const [before, after] = [event.before, event.after] as (UserByHand | null)[];
  const change: Change = {
    ...{ type: 'change', action, userName: before?.userName ?? '', identity, archive },
    ...{ before: before ?? null, after: after ?? null },
  };
  const notes = changeNotes(change, visible);
  const state = after ?? before;
  // What was taken out of the history by "users forget".
  if (!state) return ['(forgotten)', ...notes];
  if (action === 'create' || action === 'delete') {
    return [`${visible(state.userName)}: ${describe(state, visible)}`, ...notes];
  }
  const to = action === 'rename' ? [`${visible(before?.userName ?? '')} to ${visible(state.userName)}`] : [];
  return [...to, ...differences(change, visible), ...rights(before ?? null, after ?? null), ...notes];
}

/** What differs in what only a change by hand changes. */
function rights(before: UserByHand | null, after: UserByHand | null): string[] {
  const members: [string, (user: UserByHand) => string][] = [
    ['privileges', ({ privileges }) => privileges.join(' ') || '(none)'],
    ['authentication', ({ authentication }) => authentication ?? ''],
  ];
  if (before === null || after === null) return [];
  return members
    .map(([name, of]) => [name, of(before), of(after)] as const)
    .filter(([, old, now]) => old !== now)
    .map(([name, old, now]) => `${name}: ${visible(old)} → ${visible(now)}`);
}

function archiveLines(before: Archive, after: Archive | null): string[] {
  const what = `"${visible(before.name)}" of ${ownerOf(before)}, ${count(before.messages, 'message')}`;
  const now = after === null ? 'removed' : `now "${visible(after.name)}" of ${ownerOf(after)}`;
  const isMoved = after === null || after.name !== before.name || after.owner !== before.owner;
  return [isMoved ? `${what}: ${now}` : what, `access: ${accessText(before)} → ${accessText(after)}`];
}

const ownerOf = ({ owner }: Archive) => (owner === null ? 'nobody' : visible(owner));

function accessText(archive: Archive | null): string {
  const access = Object.entries(archive?.access ?? {});
  if (access.length === 0) return '(none)';
  return access.map(([user, privileges]) => `${visible(user)}: ${privileges.join(' ')}`).join(', ');
}

/** Who a person is, in a line above their events. */
export function personLine(
  { names, storedAs }: { names: string[]; storedAs: string | null },
  number: number | null,
): string {
  const [name = '(forgotten)', ...earlier] = names.toReversed().map(visible);
  const who = `${name}${earlier.length === 0 ? '' : `, earlier ${earlier.join(', ')}`}`;
  const what = storedAs === null ? 'no longer stored' : 'stored';
  return `${number === null ? '' : `Person ${number}: `}${who} (${what})`;
}
