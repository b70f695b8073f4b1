import type { Limits } from '../../src/core/limits.ts';
import { protocolMembers } from '../../src/core/members.ts';
import type { Change, Notice, PlanItem, RunResult } from '../../src/core/plan.ts';
import type { Store } from '../../src/database/store.ts';
import { openDirectory } from '../../src/directory/open-directory.ts';
import type { ServerSettings } from '../../src/directory/application-integration/password.ts';
import { PlanDraft } from '../../src/cli/plan-draft.ts';
import { SavedFile } from '../../src/cli/saved-file.ts';
import { Sink } from '../../src/cli/sink.ts';
import { json } from '../../src/report/json.ts';
import { applySaved } from '../../src/sync/apply-saved.ts';
import { sync, type RunObserver, type RunSettings } from '../../src/sync/run.ts';
import { undo } from '../../src/sync/undo-run.ts';
import chalk from 'chalk';

/** Limits that never bite, for the tests that are about something else. */
export const noLimits: Limits = {
  deletions: { percent: null, atLeast: 0, count: null },
  updates: { percent: null, atLeast: 0, count: null },
  renames: { percent: null, atLeast: 0, count: null },
  creations: { percent: null, atLeast: 0, count: null },
  overlap: { percent: 0, fromUsers: 20 },
};

export const noAnswers = { same: [], new: [] };

export type Overrides = Partial<RunSettings>;

export const directorySettings = (url: string): ServerSettings => ({
  url,
  authentication: null,
  login: {
    command: 'auth',
    userNameParameter: 'userName',
    passwordParameter: 'password',
    answerMember: 'authenticated',
    timeout: 10_000,
  },
  headers: {},
  parameters: {},
  tls: { ca: null, client: null, ignoreWarnings: false },
  timeouts: { connect: 2_000, idle: 2_000, total: 30_000 },
  retries: 0,
  maxSize: 10_000_000,
  proxy: null,
});

const settingsOf = (overrides: Overrides): RunSettings => ({
  members: protocolMembers,
  scope: { include: [], exclude: [] },
  options: { deleteUsers: true, renames: true, takeOver: 'agreed' },
  acceptMissing: [],
  answers: noAnswers,
  limits: noLimits,
  defaultPrivileges: { user: ['login'], archive: ['read'] },
  version: '0.0.0',
  ...overrides,
});

const never = new AbortController().signal;

/** The result of a run, with all that its plan said. */
export type Told = RunResult & { items: PlanItem[] };

/** The directory is in this process, which may be busy for longer than a machine that does not answer. */
const patient = { connect: 60_000, idle: 60_000, total: 300_000 };

/**
 * One run.
 *
 * @param file the plan is saved to it
 */
export async function runSync(
  store: Store,
  url: string,
  mode: 'test' | 'now',
  overrides: Overrides = {},
  file: string | null = null,
): Promise<Told> {
  const items: PlanItem[] = [];
  const plan: RunObserver['plan'] = async (result, read, saving) => {
    for await (const item of read(null)) items.push(item);
    if (file !== null && saving !== null) await save(store, file, url, result, read, saving);
  };
  const directory = openDirectory({ ...directorySettings(url), timeouts: patient });
  const result = await sync(settingsOf(overrides), directory, store, mode === 'now', { plan }, never);
  return { ...result, items };
}

async function save(
  store: Store,
  file: string,
  directory: string | null,
  ...[result, read, saving]: [...Parameters<RunObserver['plan']>]
): Promise<void> {
  if (saving === null) return;
  const header = { ...announcement, startedAt: new Date(), directory, database: store.name };
  const draft = await PlanDraft.make(json(chalk), store.actor, header, result, read(null), saving);
  await draft.saveTo(await Sink.open(file));
  await draft.close();
}

const pick = ({ directory, database }: SavedFile['header']) => ({ directory, database });

const announcement = {
  command: 'sync test',
  mode: 'test',
  version: '0.0.0',
  plan: null,
  undoes: null,
  record: null,
} as const;

/** Applies a saved plan. */
export async function applyFile(
  store: Store,
  file: string,
  overrides: Overrides & { maxAge?: number } = {},
): Promise<Told> {
  const items: PlanItem[] = [];
  const saved = await SavedFile.open(file);
  try {
    const plan = {
      about: saved.about,
      items: saved.items,
      rows: saved.rows,
      ...pick(saved.header),
    };
    const settings = { ...settingsOf(overrides), maxAge: overrides.maxAge ?? 60_000 };
    const observer: Pick<RunObserver, 'plan'> = {
      plan: async (_, read) => {
        for await (const item of read(null)) items.push(item);
      },
    };
    return { ...(await applySaved(plan, settings, store, observer, never)), items };
  } finally {
    await saved.close();
  }
}

/** Takes a run back. */
export async function undoRun(
  store: Store,
  run: number,
  mode: 'test' | 'now' = 'now',
  limits: Partial<Limits> = {},
  file: string | null = null,
): Promise<Told> {
  const items: PlanItem[] = [];
  const observer: Pick<RunObserver, 'plan'> = {
    plan: async (result, read, saving) => {
      for await (const item of read(null)) items.push(item);
      if (file !== null && saving !== null) await save(store, file, null, result, read, saving);
    },
  };
  const settings = settingsOf({ limits: { ...noLimits, ...limits } });
  return { ...(await undo(run, settings, store, mode === 'now', observer, never)), items };
}

/** A plan in one line per item: `create anna`, `update bert`, `gone carl`, `doubt anna: contradictsName bert`. */
export function linesOf(items: PlanItem[]): string[] {
  return items.map((item) => {
    switch (item.type) {
      case 'change': {
        const to = item.action === 'rename' ? ` to ${item.after?.userName ?? ''}` : '';
        return `${item.action} ${item.userName}${to}${identityOf(item)}${archiveOf(item)}`;
      }
      case 'notice':
        return `${item.reason} ${item.userName}${noticeOf(item)}`;
      case 'doubt':
        return `doubt ${item.userName}: ${item.reason} ${item.mayMean.join(' ') || (item.archive?.name ?? '')}`;
      case 'skipped':
        return `skipped ${item.number} ${item.userName ?? '?'}: ${item.reason.code}`;
      case 'remark':
        return `remark ${item.reason} ${item.count}`;
    }
  });
}

/** What a second run still says: open questions, and nothing that it would do. */
export const stillOpen = (plan: string[]) =>
  plan.filter((line) => !/^(create|rename|update|delete|remark [sm])/.test(line));

function noticeOf(item: Notice): string {
  if (item.data === null) return '';
  if (item.reason === 'laterChange') return ` (${item.data.differs.join()})`;
  if (item.reason !== 'goneCounting') return ` (${item.data.wanted}: ${item.data.by})`;
  const { ageSeconds, ofSeconds, listings, ofListings } = item.data;
  return ` (${ageSeconds / 3_600} of ${ofSeconds / 3_600} hours, ${listings} of ${ofListings})`;
}

/** Only what an answer did; by name or DN is what everybody expects. */
const identityOf = ({ identity }: Change) =>
  identity === 'same' || identity === 'new' ? ` by ${identity}` : '';

/** An empty archive that goes with its owner is what everybody expects. */
function archiveOf({ action, archive }: Change): string {
  if (archive === null) return '';
  if (action === 'delete' && archive.outcome === 'deleted' && archive.accessEnded.length === 0) return '';
  const ended = archive.accessEnded.length > 0 ? `, without ${archive.accessEnded.join(' ')}` : '';
  return ` (${archive.name} ${archive.outcome}, ${archive.messages}${ended})`;
}
