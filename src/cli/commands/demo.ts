import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf, RollcallError } from '../../core/errors.ts';
import type { GlobalOptions, Group } from '../globals.ts';
import { port } from '../option-values.ts';
import { DemoDirectory, demoPassword } from '../sample-directory.ts';
import { applyPlanFile } from './plan-apply.ts';
import { runSync } from './sync.ts';
import { runUndo } from './undo.ts';

export const addDemo = (command: Group) =>
  command
    .option(
      '--serve <port>',
      'only serve the sample directory, on 127.0.0.1, so that you can try other commands',
      port,
    )
    .addHelpText('after', '\nExamples:\n  rollcall demo\n  rollcall demo --serve 8080')
    .action(({ serve }, command) =>
      serve === undefined ? demo(command.optsWithGlobals()) : serveDemo(serve),
    );

const configOf = (url: string) => `directory:
  url: ${url}
scope:
  exclude:
    - under: OU=Devices,DC=example,DC=com
options:
  deleteUsers: true
`;

/** `rollcall demo --serve PORT`: serves the sample directory until a signal arrives. */
async function serveDemo(port: number): Promise<void> {
  const directory = new DemoDirectory();
  const url = await directory.listen(port).catch((error: unknown) => {
    throw new RollcallError('failed', `cannot listen on port ${port}: ${reasonOf(error)}`);
  });
  process.stdout.write(
    `The sample directory listens on ${url} until you press Ctrl-C. Every user has the password "${demoPassword}".\n`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  directory.close();
}

/** `rollcall demo`: runs the everyday commands for real, against a directory of made-up people. */
async function demo(options: GlobalOptions): Promise<void> {
  const directory = new DemoDirectory();
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-demo-'));
  const config = join(folder, 'rollcall.yaml');
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const everyday = { ...options, config, format: 'text' } as const;
  const run = async (
    mode: 'test' | 'now',
    more: { new?: string[]; save?: string } = {},
    next = 'rollcall sync now',
  ) => {
    const words = [
      ...(more.new ?? []).map((name) => `--new ${name}`),
      ...(more.save ? ['--save plan.jsonl'] : []),
    ];
    say(`\n$ ${['rollcall sync', mode, ...words].join(' ')}`);
    await runSync(mode, { ...everyday, ...more }, next);
  };
  try {
    await writeFile(config, configOf(await directory.listen()), { mode: 0o600 });
    say(`A sample directory with six entries is running on this machine. This is the whole configuration:\n`);
    say((await readFile(config, 'utf8')).replace(/^/gm, '    ').trimEnd());
    await run('test');
    say('\nNothing has happened yet. Now for real:');
    await run('now');
    say('\nA week goes by: Ada marries, Alan leaves, Katherine joins, Edsger gets a new primary address.');
    directory.turnToNextWeek();
    const plan = join(folder, 'plan.jsonl');
    await run('test', { save: plan }, `rollcall plan apply plan.jsonl`);
    say('\nSomebody else reads the saved plan, and approves it. It does exactly that, or nothing:');
    say('\n$ rollcall plan apply plan.jsonl');
    await applyPlanFile(plan, { ...everyday, maxAge: 86_400_000 });
    say('\nIt was too early, Alan has not left yet. All of it can be taken back:');
    say('\n$ rollcall undo now 2');
    await runUndo('now', 2, everyday);
    say('\nA day later it is right:');
    await run('now');
    say('\nOnce more, because a second run has nothing left to do:');
    await run('test');
    say(
      '\nAnother week: Grace has left, and a new hire gets her user name. Is it the same person? rollcall asks:',
    );
    directory.turnToNextWeek();
    await run('now');
    say('\nIt is someone else, who must not get what was hers:');
    await run('now', { new: ['grace.hopper'] });
    say(`\nThat was rollcall. Your turn: rollcall init`);
  } finally {
    directory.close();
    await rm(folder, { recursive: true, force: true });
  }
}
