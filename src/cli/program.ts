import { Command, InvalidArgumentError, Option } from 'commander';
import { exitCodes } from '../core/errors.ts';
import { optionalMembers } from '../core/entry.ts';
import { parseLimit, parseOverlap } from '../core/limits.ts';
import { version } from '../version.ts';
import { addPeople } from './program-people.ts';

/** The command line. What a command needs is loaded when it runs, so that `--help` is fast. */
export function buildProgram(): Command {
  const program = new Command('rollcall')
    .description("Keeps a mail archive's user database in step with the organization's directory.")
    .version(version)
    .option(
      '-c, --config <file>',
      'configuration (- for standard input; default: $ROLLCALL_CONFIG, then rollcall.yaml)',
    )
    .option('-q, --quiet', 'no warnings and no progress')
    .option('-v, --verbose', 'tell more on standard error')
    .option('--no-color', 'no colour, as with the environment variable NO_COLOR')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showHelpAfterError('(rollcall --help shows the usage)')
    .addHelpText('after', `\nExit codes:\n${exitCodeTable()}\n`);

  addSync(program);
  program
    .command('history')
    .description('committed runs; with a number, one run with every change, before and after')
    .argument('[run]', 'the number of a run', positive)
    .addOption(formats('text', 'json'))
    .option('--limit <n>', 'how many runs are listed', positive, 20)
    .addHelpText('after', '\nExample:\n  rollcall history 12 --format json')
    .action(async (run: number | undefined, _: object, command: Command) => {
      const { history } = await import('./history.ts');
      await history(run, command.optsWithGlobals());
    });
  addConfig(program);
  program
    .command('init')
    .description('write a commented rollcall.yaml to start from')
    .argument('[file]', 'where to', 'rollcall.yaml')
    .addHelpText('after', '\nExample:\n  rollcall init && rollcall config check')
    .action(async (file: string) => {
      const { init } = await import('./config.ts');
      await init(file);
    });
  program
    .command('demo')
    .description('the whole story on this machine: a sample directory, a test, a commit, a change, and again')
    .option(
      '--serve <port>',
      'only serve the sample directory on loopback, to try other commands against',
      positive,
    )
    .addHelpText('after', '\nExamples:\n  rollcall demo\n  rollcall demo --serve 8080')
    .action(async ({ serve }: { serve?: number }, command: Command) => {
      const { demo, serveDemo } = await import('./demo.ts');
      if (serve === undefined) await demo(command.optsWithGlobals());
      else await serveDemo(serve);
    });
  addPeople(program);
  return program;
}

function addSync(program: Command): void {
  const sync = program.command('sync').description('bring the user database in step with the directory');
  const modes = {
    test: [
      'show what a synchronization would change; nothing is committed',
      'rollcall sync test --exit-code',
    ],
    now: ['the same run, committed', 'rollcall sync now --format json --output changes.jsonl'],
  } as const;
  for (const mode of ['test', 'now'] as const) {
    const [description, example] = modes[mode];
    const command = sync
      .command(mode)
      .description(description)
      .addOption(formats('text', 'json', 'markdown'))
      .option('-o, --output <file>', 'write the result to a file')
      .option('--all', 'show every change, however many they are')
      .option(
        '--max-deletes <n>',
        'allow so many deletions this once: a number, or a percentage such as 15%',
        limit,
      )
      .option('--max-updates <n>', 'the same for updates', limit)
      .option('--max-renames <n>', 'the same for renames', limit)
      .option('--max-creates <n>', 'the same for new users', limit)
      .option(
        '--min-overlap <p>',
        'how many stored users must be found again this once, such as 30%',
        overlap,
      )
      .option(
        '--accept-missing <member>',
        `accept a first import in which no entry has this member: ${optionalMembers.join(', ')}`,
        missing,
      )
      .option(
        '--same <name>',
        'an entry in doubt is the stored person; a pattern such as *.doe stands for several',
        collect,
      )
      .option('--new <name>', 'an entry in doubt is another person, who starts with nothing', collect)
      .option('--strict', `end with ${exitCodes.skipped.code} when entries were skipped or are in doubt`)
      .addHelpText('after', `\nExample:\n  ${example}`);
    if (mode === 'test')
      command.option('--exit-code', `end with ${exitCodes.pending.code} when there are changes`);
    command.action(async (_: object, self: Command) => {
      const { syncCommand } = await import('./sync.ts');
      await syncCommand(mode, self.optsWithGlobals());
    });
  }
}

function addConfig(program: Command): void {
  const config = program.command('config').description('look at the configuration');
  const parts = {
    check: 'report every problem of the file at once',
    show: 'print what is in force, with secrets redacted',
    schema: 'print the JSON Schema of the file, for editors',
  };
  for (const part of ['check', 'show', 'schema'] as const) {
    config
      .command(part)
      .description(parts[part])
      .addHelpText('after', `\nExample:\n  rollcall config ${part}`)
      .action(async (_: object, command: Command) => {
        const { configCommand } = await import('./config.ts');
        await configCommand(part, command.optsWithGlobals());
      });
  }
}

export const formats = (...choices: string[]) =>
  new Option('-f, --format <format>', 'how the result is printed').choices(choices).default('text');

function positive(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a number from 1 on.');
  return Number(value);
}

function limit(value: string) {
  const parsed = parseLimit(value);
  if (parsed === null)
    throw new InvalidArgumentError('It must be a number such as 25 or a percentage such as 15%.');
  return parsed;
}

function overlap(value: string) {
  const parsed = parseOverlap(value);
  if (parsed === null) throw new InvalidArgumentError('It must be a percentage such as 30%.');
  return parsed;
}

function missing(value: string, earlier?: string[]) {
  if (!(optionalMembers as readonly string[]).includes(value)) {
    throw new InvalidArgumentError(`It must be one of ${optionalMembers.join(', ')}.`);
  }
  return collect(value, earlier);
}

const collect = (value: string, earlier: string[] = []) => [...earlier, value];

function exitCodeTable(): string {
  return Object.values(exitCodes)
    .map(({ code, meaning }) => `  ${String(code).padEnd(5)}${meaning}`)
    .join('\n');
}
