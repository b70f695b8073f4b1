import { count, grouped } from '../../core/printable.ts';
import type { ImportCounts } from '../../mail/import.ts';
import type { SourceMessage } from '../../mail/sources.ts';
import { withStore } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printJson, say } from '../output.ts';

const define = (archives: Group) =>
  archives
    .command('import')
    .description('import mail; each message goes into the archives of its sender and recipients')
    .argument('<file...>', 'an .eml or mbox file (gzipped or not), a Maildir, or - for standard input')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall archives import inbox.mbox.gz ~/Maildir');

export const addArchivesImport = (archives: Group) =>
  define(archives).action((paths, _, command) => importFiles(paths, command.optsWithGlobals()));

async function importFiles(paths: string[], options: OptionsOf<typeof define>): Promise<void> {
  const { importMessages, whatStays } = await import('../../mail/import.ts');
  const { readMessages } = await import('../../mail/sources.ts');
  async function* all(): AsyncGenerator<SourceMessage> {
    for (const path of paths) yield* readMessages(path, process.stdin);
  }
  const counts = await withStore(
    options,
    async ({ store, terminal, signal }) => {
      const progress = await terminal.progress();
      const observer = {
        progress: ({ read }: ImportCounts) => progress(`importing: ${count(read, 'message')}`),
        unparsable: (place: string, reason: string) =>
          terminal.warn(`${place}: stored, but its addresses cannot be read: ${reason}`),
      };
      try {
        return await importMessages(store, all(), observer, signal);
      } finally {
        progress(null);
      }
    },
    whatStays,
  );
  if (options.format === 'json') await printJson('archives import', [{ type: 'import', ...counts }]);
  else await say(summaryOf(counts));
}

function summaryOf({ read, imported, unclaimed, unparsable }: ImportCounts): string {
  const there = read - imported;
  return [
    `Read ${count(read, 'message')}: ${grouped(imported)} imported`,
    ...(there > 0 ? [`${grouped(there)} already stored`] : []),
    ...(unclaimed > 0 ? [`${grouped(unclaimed)} in @catchall, because no user has their addresses`] : []),
    ...(unparsable > 0 ? [`${grouped(unparsable)} that could not be parsed`] : []),
  ]
    .join(', ')
    .concat('.');
}
