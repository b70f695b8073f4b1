import { count, grouped } from '../../core/printable.ts';
import { reassign, whatWasMoved } from '../../mail/reassign.ts';
import { withStore } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printJson, printList, say } from '../output.ts';

const define = (archives: Group) =>
  archives
    .command('reassign')
    .description('show which mail in @catchall belongs to a user by now, or move it there')
    .option('--now', 'move it; without this, it is only shown')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall archives reassign --now');

export const addArchivesReassign = (archives: Group) =>
  define(archives).action((_, command) => move(command.optsWithGlobals()));

async function move(options: OptionsOf<typeof define>): Promise<void> {
  const { now = false, format } = options;
  const { read, reassigned, archives } = await withStore(
    options,
    async ({ store, terminal, signal }) => {
      const progress = await terminal.progress();
      const tell = (n: number) => progress(`reading @catchall: ${count(n, 'message')}`);
      return reassign(store, now, tell, signal).finally(() => progress(null));
    },
    now ? whatWasMoved : undefined,
  );
  const goals = [...archives].map(([archive, messages]) => ({ archive, messages }));
  if (format === 'json') {
    const items = goals.map((goal) => ({ type: 'goal', ...goal }));
    await printJson('archives reassign', [...items, { type: 'reassign', read, reassigned, committed: now }]);
    return;
  }
  await printList('archives reassign', goals, 'text', {
    type: 'goal',
    columns: { archive: ({ archive }) => archive, messages: ({ messages }) => String(messages) },
  });
  const moved = `${grouped(reassigned)} of ${count(read, 'message')} in @catchall`;
  if (read === 0) await say('Nothing to move: @catchall is empty.');
  else if (reassigned === 0)
    await say(`Nothing to move: no user has an address of the ${count(read, 'message')} in @catchall.`);
  else await say(now ? `Moved ${moved}.` : `Nothing was moved. ${moved} would be; --now moves them.`);
}
