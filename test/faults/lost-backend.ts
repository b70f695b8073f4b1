import { administer } from '../servers/administer.ts';
import { disturbMany } from './disturb.ts';
import type { Context, Fault } from './fault.ts';
import type { Stand } from './stand.ts';
import type { Disturb } from './trial.ts';
import { lie } from './verdict.ts';

/** From a random moment on, the first backend that is there is ended. */
const terminate =
  (_: Context, stand: Stand): Disturb =>
  async ({ ended }, moment) => {
    const over = new AbortController();
    void ended.then(() => over.abort());
    await moment;
    while (!over.signal.aborted) {
      const gone = await administer(
        stand.url ?? '',
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
           and application_name <> 'faults'`,
      );
      if (gone.length > 0) return;
    }
  };

export const lostBackend: Fault = {
  promise: 'All or nothing',
  figure: 'a backend terminated at random moments',
  run: (context) =>
    disturbMany(context, {
      kind: 'postgres',
      work: 'steady',
      size: 2_000,
      count: 60,
      disturb: terminate,
      check: lie,
    }),
};
