import { count, grouped } from '../../core/printable.ts';
import type { Found, LeftOut, Noted } from '../../mail/found.ts';
import type { ImportCounts } from '../../mail/import.ts';
import { withStore } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printJson, say } from '../output.ts';
import type { Terminal } from '../terminal.ts';

const define = (archives: Group) =>
  archives
    .command('import')
    .description('import mail; each message goes into the archives of its sender and recipients')
    .argument('<file...>', 'an .eml or mbox file (gzipped or not), a Maildir, or - for standard input')
    .option('--dry-run', 'only show what would be imported')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall archives import inbox.mbox.gz ~/Maildir');

export const addArchivesImport = (archives: Group) =>
  define(archives).action((paths, _, command) => importFiles(paths, command.optsWithGlobals()));

async function importFiles(paths: string[], options: OptionsOf<typeof define>): Promise<void> {
  const { importMail, whatStays } = await import('../../mail/import.ts');
  const { readMail } = await import('../../mail/reading/sources.ts');
  const { dryRun = false, format } = options;
  async function* all(signal: AbortSignal): AsyncGenerator<Found> {
    for (const path of paths) yield* readMail(path, process.stdin, signal);
  }
  const told: (LeftOut | Noted)[] = [];
  const counts = await withStore(
    options,
    async ({ store, terminal, signal }) => {
      const progress = await terminal.progress();
      const observer = {
        progress: ({ read }: ImportCounts) => progress(`importing: ${count(read, 'message')}`),
        ...teller(terminal, told),
      };
      try {
        return await importMail(store, all(signal), dryRun, observer, signal);
      } finally {
        progress(null);
      }
    },
    dryRun ? undefined : whatStays,
  );
  const outcome = counts.leftOut > 0 ? 'failed' : 'done';
  if (format === 'json') {
    await printJson('archives import', [...told, { type: 'import', dryRun, ...counts }], outcome);
    // Where there was nothing else, what was told says it all.
  } else if (counts.read > 0 || outcome === 'done') await say(summaryOf(counts, dryRun));
  process.exitCode = exitCodes[outcome].code;
}

/** As many of a kind are told one by one on standard error, and in JSON. */
const mostTold = 20;
const mostListed = 1_000;

/** @param list gets the first of each kind */
function teller(terminal: Terminal, list: (LeftOut | Noted)[]) {
  const tell = (say: (line: string) => void, verdict: string) => {
    let told = 0;
    return (what: LeftOut | Noted) => {
      told += 1;
      if (told <= mostListed) list.push(what);
      if (told <= mostTold) say(`${what.place}: ${verdict}${what.reason}`);
      else if (told === mostTold + 1)
        say(`and more; --format json lists up to ${grouped(mostListed)} of them`);
    };
  };
  return {
    leftOut: tell((line) => terminal.fail(line), 'not imported: '),
    noted: tell((line) => terminal.warn(line), ''),
  };
}

function summaryOf(counts: ImportCounts, dryRun: boolean): string {
  const { read, imported, stored, unclaimed, reassigned, removed, leftOut } = counts;
  const parts: [number, string][] = [
    [stored, 'already stored'],
    [unclaimed, 'in @catchall, because no user has their addresses'],
    [
      reassigned,
      `${dryRun ? 'to be ' : ''}moved from @catchall to the users who have their addresses by now`,
    ],
    [removed, 'left out, because they were removed by hand'],
    [leftOut, 'that could not be imported'],
  ];
  const rest = parts.filter(([n]) => n > 0).map(([n, what]) => `, ${grouped(n)} ${what}`);
  const verb = dryRun ? 'would be imported' : 'imported';
  return `Read ${count(read, 'message')}: ${grouped(imported)} ${verb}${rest.join('')}.`;
}
