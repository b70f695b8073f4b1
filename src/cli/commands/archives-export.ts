import { Option } from '@commander-js/extra-typings';
import { findArchive } from '../../accounts/archives.ts';
import { RollcallError } from '../../core/errors.ts';
import { read } from '../../database/access.ts';
import { exportMessages, maildir, type Target } from '../../mail/export.ts';
import { toMbox } from '../../mail/to-mbox.ts';
import { withStore } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import type { Taboo } from '../output-file.ts';
import { Sink } from '../sink.ts';

const define = (archives: Group) =>
  archives
    .command('export')
    .description('export the messages of an archive, byte for byte as imported')
    .argument('<name>')
    .addOption(
      new Option('-f, --format <format>', 'output format')
        .choices(['mbox', 'maildir'] as const)
        .default('mbox' as const),
    )
    .option(
      '-o, --output <path>',
      'the mbox file (default: standard output), or the Maildir folder to create',
    )
    .option('--overwrite', 'replace an mbox file that is there')
    .addHelpText('after', '\nExample:\n  rollcall archives export john.doe --format maildir --output john');

export const addArchivesExport = (archives: Group) =>
  define(archives).action((name, _, command) => exportArchive(name, command.optsWithGlobals()));

async function exportArchive(name: string, options: OptionsOf<typeof define>): Promise<void> {
  const { format, output, overwrite = false } = options;
  if (format === 'maildir' && output === undefined)
    throw new RollcallError('usage', '--format maildir needs --output FOLDER');
  if (overwrite && (format === 'maildir' || output === undefined))
    throw new RollcallError('usage', '--overwrite needs --output FILE and --format mbox');
  await withStore(options, async ({ config, store, signal }) => {
    // Before anything is written: the archive may not exist.
    const { id } = await read(store, signal, (db) => findArchive(db, name));
    const target =
      output !== undefined && format === 'maildir'
        ? await maildir(output)
        : await mbox(output, { config: config.file, mustBeNew: !overwrite });
    await exportMessages(store, id, target, signal);
  });
}

async function mbox(output: string | undefined, taboo: Taboo): Promise<Target> {
  const sink = await Sink.open(output, taboo);
  return {
    write: async ({ parts }) => {
      for await (const part of toMbox(parts)) await sink.write(part);
    },
    close: async () => {
      // An archive without mail is an empty file, whatever was in it before.
      await sink.write('');
      await sink.close();
    },
    abandon: () => sink.abandon(),
  };
}
