import { createWriteStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { describeEnd } from '../support/launch.ts';
import type { Fault } from './fault.ts';
import { Stand, type Kind } from './stand.ts';

const megabyte = 1024 * 1024;
const separator = 'From x Thu Jan  1 00:00:00 2026\n';

/** In MB. The embedded store has its database in the same process. */
const most: Record<Kind, number> = { postgres: 300, embedded: 1300 };

/** Files that took all memory, or all mail with them. One message of each is left out. */
const files: Record<string, () => Iterable<Buffer>> = {
  'small ones around large ones': largeOnes,
  'an endless line': () => endless('z', 2_000),
  'an endless quote': () => endless('>', 500),
  'endless lines': () => endless('\n', 200),
  'endless separators': () => endless(separator, 200),
  'no mail at all': () => repeated('\0', 1_000),
  'a large header': () => [Buffer.from('From: a@x\nTo: '), ...repeated('a@x, ', 100)],
};

function* repeated(text: string, megabytes: number): Generator<Buffer> {
  const block = Buffer.alloc(megabyte, text);
  for (let i = 0; i < megabytes; i++) yield block;
}

function* endless(text: string, megabytes: number): Generator<Buffer> {
  yield Buffer.from(`${separator}From: a@x\n\n`);
  yield* repeated(text, megabytes);
}

function* message(number: number, megabytes: number): Generator<Buffer> {
  yield Buffer.from(`${separator}From: a@x\nSubject: ${number}\n\n`);
  yield* repeated('The quick brown fox jumps over the lazy dog.\n', megabytes);
  yield Buffer.from('\n\n');
}

function* largeOnes(): Generator<Buffer> {
  for (let i = 0; i < 100; i++) yield* message(i, 0.1);
  for (const [i, megabytes] of [149, 255, 20, 20, 149, 1].entries()) yield* message(100 + i, megabytes);
  for (let i = 200; i < 300; i++) yield* message(i, 0.1);
}

export const mailMemory: Fault = {
  promise: 'Mail needs little memory, whatever the file',
  figure:
    'files of up to 2 GB, imported, and exported as mbox and Maildir; none of a good message is missing',
  run: async ({ postgres, tell }) => {
    const violations: string[] = [];
    const peaks: string[] = [];
    let done = 0;
    for (const kind of ['postgres', 'embedded'] as const) {
      const stand = await Stand.open(kind, postgres.url);
      let peak = 0;
      const run = async (name: string, command: string, code: number) => {
        const { ended, megabytes } = await measured(stand, command);
        peak = Math.max(peak, megabytes);
        done += 1;
        if (ended.code !== code) violations.push(`${kind}, ${name}: ${describeEnd(ended)}`);
        if (megabytes > most[kind]) violations.push(`${kind}, ${name}: ${megabytes} MB`);
        return ended.stdout + ended.stderr;
      };
      for (const [name, bytes] of Object.entries(files)) {
        tell(`${kind}, ${name}`);
        const path = join(stand.folder, 'mail.gz');
        await pipeline(Readable.from(bytes()), createGzip({ level: 1 }), createWriteStream(path));
        const said = await run(name, 'archives import mail.gz', 1);
        if (said.split(': not imported: ').length !== 2) violations.push(`${kind}, ${name}: ${said}`);
      }
      for (const [path, option] of [
        ['mbox', ''],
        ['folder', ' --format maildir'],
      ] as const) {
        await run(`export as ${path}`, `archives export @catchall --output ${path}${option}`, 0);
        const said = await run(`import of ${path}`, `archives import ${path}`, 0);
        if (!said.startsWith('Read 205 messages: 0 imported'))
          violations.push(`${kind}, import of ${path}: ${said}`);
      }
      const { size } = statSync(join(stand.folder, 'mbox'));
      peaks.push(`${kind}: at most ${peak} MB, ${Math.round(size / megabyte)} MB of mail`);
      await stand.close();
    }
    return { done, violations, detail: peaks.join('; ') };
  },
};

/** Runs a command, and returns its peak memory as the system knows it. */
async function measured(stand: Stand, command: string) {
  const { child, ended } = stand.launch(command, { deadline: 600_000 });
  let megabytes = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8');
      megabytes = Math.max(megabytes, Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024));
    } catch {
      // It has just ended.
    }
  }, 20);
  return { ended: await ended.finally(() => clearInterval(look)), megabytes };
}
