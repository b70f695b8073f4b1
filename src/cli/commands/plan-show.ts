import { shellWord } from '../../core/printable.ts';
import { printItems, type Header } from '../../report/format.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { nextCommand } from '../next-command.ts';
import { planFormat, resultFile, showAll } from '../option-values.ts';
import { elapsed, endOf } from '../output.ts';
import { openPlanFormat } from '../plan-format.ts';
import { SavedFile } from '../saved-file.ts';
import { letSignalsEnd } from '../signals.ts';
import { Sink } from '../sink.ts';
import { Terminal } from '../terminal.ts';

const define = (plan: Group) =>
  plan
    .command('show')
    .description('show a saved plan, who made it, when, and for what')
    .argument('<file>', 'a file of "rollcall sync test --save"')
    .addOption(planFormat())
    .option(...resultFile)
    .option(...showAll)
    .addHelpText('after', '\nExample:\n  rollcall plan show plan.jsonl --format markdown');

export const addPlanShow = (plan: Group) =>
  define(plan).action((file, _, command) => showPlan(file, command.optsWithGlobals()));

async function showPlan(file: string, options: OptionsOf<typeof define>): Promise<void> {
  letSignalsEnd();
  const plan = await SavedFile.open(file);
  try {
    const terminal = new Terminal(options);
    const { format, most } = await openPlanFormat(options, terminal);
    const { about } = plan;
    const header: Header = {
      ...plan.header,
      ...{ command: 'plan show', plan: about.digest, undoes: about.undoes, record: null, saved: about },
    };
    const sink = await Sink.open(options.output);
    try {
      await sink.write(format.header(header));
      for await (const piece of printItems(format, plan.items(), about.counts, most)) await sink.write(piece);
      const { counts, blocks, held, firstDeletions } = about;
      const next = nextCommand(`plan apply ${shellWord(file)}`, { config: options.config });
      const result = { counts, blocks, held, firstDeletions, committed: false, run: null, next };
      await sink.write(format.summary({ ...header, ...result, ...endOf('done'), durationMs: elapsed() }));
      await sink.close();
    } finally {
      await sink.abandon();
    }
  } finally {
    await plan.close();
  }
}
