import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, RollcallError } from '../core/errors.ts';
import type { CommonOptions } from './context.ts';
import { DemoDirectory, demoPassword } from './demo-directory.ts';
import { syncCommand } from './sync.ts';

const configOf = (url: string) => `directory:
  url: ${url}
scope:
  exclude:
    - under: OU=Devices,DC=example,DC=com
options:
  deleteUsers: true
`;

/** `rollcall demo --serve PORT`: the sample directory, to try everything else against. */
export async function serveDemo(port: number): Promise<void> {
  const directory = new DemoDirectory();
  const url = await directory.listen(port).catch((error: unknown) => {
    throw new RollcallError('failed', `cannot listen to port ${port}: ${messageOf(error)}`);
  });
  process.stdout.write(
    `The sample directory listens on ${url} until Ctrl-C. Everybody's password is "${demoPassword}".\n`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  directory.close();
}

/** `rollcall demo`: the commands of every day, run for real against a directory of made-up people. */
export async function demo(options: CommonOptions): Promise<void> {
  const directory = new DemoDirectory();
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-demo-'));
  const config = join(folder, 'rollcall.yaml');
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const run = async (mode: 'test' | 'now', answer?: string) => {
    const answers = answer === undefined ? {} : { new: [answer] };
    const words = answer === undefined ? '' : ` --new ${answer}`;
    say(`\n$ rollcall sync ${mode}${words}`);
    const next = `rollcall sync now${words}`;
    await syncCommand(mode, { ...options, ...answers, config, format: 'text', next });
  };
  try {
    await writeFile(config, configOf(await directory.listen()), { mode: 0o600 });
    say(`A directory with six entries listens on loopback. This is the whole configuration:\n`);
    say((await readFile(config, 'utf8')).replace(/^/gm, '    ').trimEnd());
    await run('test');
    say('\nNothing has happened yet. Now for real:');
    await run('now');
    say('\nA week goes by: Ada marries, Alan leaves, Katherine joins, Edsger gets a new first address.');
    directory.turnToNextWeek();
    await run('test');
    await run('now');
    say('\nAnd once more, because a second run has nothing left to do:');
    await run('test');
    say(
      '\nAnother week: Grace has left, and the next hire gets her name. Is it the same person? rollcall asks:',
    );
    directory.turnToNextWeek();
    await run('now');
    say('\nIt is somebody else, who must not get what was hers:');
    await run('now', 'grace.hopper');
    say(`\nThat was rollcall. Your own turn: rollcall init`);
  } finally {
    directory.close();
    await rm(folder, { recursive: true, force: true });
  }
}
