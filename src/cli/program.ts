import { Help } from '@commander-js/extra-typings';
import { version } from '../files/assets.ts';
import { createGroup, createProgram, type Group, type Program } from './globals.ts';

/** What a command looks like in the list of all, and the function that gives it its options, help and handler. */
type HelpLine = [term: string, description: string, load: () => Promise<(command: Group) => unknown>];

/** In the order of the help. */
const listed: HelpLine[] = [
  [
    'sync',
    'synchronize the user database with the directory',
    async () => (await import('./commands/sync.ts')).addSync,
  ],
  ['plan', 'show and apply saved plans', async () => (await import('./commands/all-of-plan.ts')).addPlan],
  ['undo', 'take a committed run back', async () => (await import('./commands/undo.ts')).addUndo],
  [
    'history [options] [run]',
    'list runs, show every change of one, or all that happened to a user',
    async () => (await import('./commands/history.ts')).addHistory,
  ],
  [
    'explain [options] <query>',
    'tell all about one person: the entry, the stored user, and what the next run does',
    async () => (await import('./commands/explain.ts')).addExplain,
  ],
  [
    'status [options]',
    'tell whether synchronizations are in order: 0, or 1 if something is open',
    async () => (await import('./commands/status.ts')).addStatus,
  ],
  [
    'doctor [options]',
    'check all that a run needs, and say what to do about each fault',
    async () => (await import('./commands/doctor.ts')).addDoctor,
  ],
  [
    'config',
    'inspect the configuration',
    async () => (await import('./commands/all-of-config.ts')).addConfig,
  ],
  [
    'directory',
    'check whether a directory answers as it must',
    async () => (await import('./commands/all-of-directory.ts')).addDirectory,
  ],
  [
    'init [file]',
    'write a commented rollcall.yaml to start from',
    async () => (await import('./commands/init.ts')).addInit,
  ],
  [
    'demo [options]',
    'try a whole synchronization on this machine, with a sample directory',
    async () => (await import('./commands/demo.ts')).addDemo,
  ],
  [
    'login [options] [words...]',
    'check whether a user may log on; asks for the password on the terminal',
    async () => (await import('./commands/login.ts')).addLogin,
  ],
  ['users', 'list and manage users', async () => (await import('./commands/all-of-users.ts')).addUsers],
  [
    'archives',
    'manage archives and the mail in them',
    async () => (await import('./commands/all-of-archives.ts')).addArchives,
  ],
  [
    'completion <bash|zsh|fish>',
    'print what makes a shell complete rollcall on Tab',
    async () => (await import('./commands/completion.ts')).addCompletion,
  ],
];

/** The command line. The code of a command is loaded when it is typed: `--help` must not wait for all. */
export function buildProgram(): Program {
  const program = createProgram(version).helpCommand(false);
  const terms = new Map<unknown, string>();
  program.configureHelp({
    showGlobalOptions: true,
    subcommandTerm: (command) => terms.get(command) ?? new Help().subcommandTerm(command),
  });
  for (const [term, description, load] of listed) {
    const command = createGroup(program, term.split(' ', 1)[0] ?? '', description);
    terms.set(command, term);
    unloaded.set(command, async () => (await load())(command));
  }
  const help = createGroup(program, 'help', 'display help for command')
    .argument('[command...]')
    .allowUnknownOption();
  terms.set(help, 'help [command]');
  help.action(async (words) => {
    await program.parseAsync([...words, '--help'], { from: 'user' });
  });
  return program.hook('preSubcommand', (_, command) => complete(command));
}

/** The command line with all of its commands. */
export async function buildWholeProgram(): Promise<Program> {
  const program = buildProgram();
  for (const command of program.commands) await complete(command);
  return program;
}

const unloaded = new WeakMap<object, () => Promise<unknown>>();

async function complete(command: object): Promise<void> {
  const load = unloaded.get(command);
  unloaded.delete(command);
  await load?.();
}
