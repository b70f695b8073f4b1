import type { Limits } from '../../src/core/limits.ts';
import type { PlanItem } from '../../src/core/plan.ts';
import type { Store } from '../../src/store/store.ts';
import { sync, type Outcome, type SyncSettings } from '../../src/sync/sync.ts';

/** Limits that never bite, for the tests that are about something else. */
export const noLimits: Limits = {
  deletions: { percent: null, atLeast: 0, count: null },
  updates: { percent: null, atLeast: 0, count: null },
};

export type Overrides = Partial<Omit<SyncSettings, 'directory'>>;

export const directorySettings = (url: string): SyncSettings['directory'] => ({
  url,
  authentication: null,
  tls: { ca: null, ignoreWarnings: false },
  timeouts: { connect: 2_000, idle: 2_000, total: 30_000 },
  retries: 0,
  maxSize: 10_000_000,
  proxy: null,
});

/** One run, with all that its plan said. */
export async function runSync(
  store: Store,
  url: string,
  mode: 'test' | 'now',
  overrides: Overrides = {},
): Promise<Outcome & { items: PlanItem[] }> {
  const items: PlanItem[] = [];
  const settings: SyncSettings = {
    directory: directorySettings(url),
    scope: { include: [], exclude: [] },
    options: { deleteUsers: true, renames: true },
    limits: noLimits,
    defaultPrivileges: { user: ['login'], archive: ['read'] },
    version: '0.0.0',
    ...overrides,
  };
  const plan = async (_: Outcome, read: (most: number | null) => AsyncIterable<PlanItem>) => {
    for await (const item of read(null)) items.push(item);
  };
  const outcome = await sync(settings, store, mode === 'now', { plan }, new AbortController().signal);
  return { ...outcome, items };
}

/** A plan in one line per item: `create anna`, `update bert`, `kept carl: gone …`. */
export function linesOf(items: PlanItem[]): string[] {
  return items.map((item) => {
    switch (item.type) {
      case 'change': {
        const to = item.action === 'rename' ? ` to ${item.after?.userName ?? ''}` : '';
        const note = item.note ? ` (archive ${item.note.archive}, ${item.note.messages})` : '';
        return `${item.action} ${item.userName}${to}${note}`;
      }
      case 'notice':
        return `${item.kind} ${item.userName}: ${item.message}`;
      case 'skipped':
        return `skipped ${item.number} ${item.userName ?? '?'}: ${item.reason}`;
    }
  });
}
