import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { Workplace } from '../support/cli.ts';

const binary = resolve(import.meta.dirname, '../../bin/rollcall.js');
const secret = 'p@ss "wörd" $HOME \\ \'&=%+';

let directory: Directory;
let workplace: Workplace;
let database: Awaited<ReturnType<typeof createDatabase>>;
let program: string;

beforeAll(async () => {
  directory = await Directory.start();
  workplace = new Workplace();
  database = await createDatabase();
  program = join(workplace.folder, 'program.js');
  // Tells what it was given, and ends with a code of its own.
  writeFileSync(
    program,
    `const { readFileSync, writeFileSync } = require('node:fs');
     const commands = [process.pid, process.ppid].map((id) => readFileSync('/proc/' + id + '/cmdline', 'utf8'));
     const given = { env: process.env, args: process.argv.slice(2), commands };
     writeFileSync('ran.json', JSON.stringify(given));
     process.exit(42);`,
  );
  workplace.configure({
    directory: { url: directory.url, retries: 0, timeouts: { connect: '2s', idle: '2s' } },
    database: { url: database.url },
  });
  answerProperly();
  expect(await workplace.run('sync now')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await directory.stop();
  workplace.remove();
  await database.drop();
});
beforeEach(() => {
  answerProperly();
  writeFileSync(join(workplace.folder, 'ran.json'), 'null');
});

function answerProperly(): void {
  directory.answers(({ form }, response) => {
    if (form.get('cmd') === 'list') return response.end('[{"userName":"Anna"}]');
    const yes = form.get('userName') === 'Anna' && form.get('password') === secret;
    response.end(JSON.stringify({ authenticated: yes }));
  });
}

interface Given {
  env: Record<string, string>;
  args: string[];
  commands: string[];
}

/** What the program was given; null when it did not run. */
const given = () => JSON.parse(readFileSync(join(workplace.folder, 'ran.json'), 'utf8')) as Given | null;

const withProgram = () => ['--', process.execPath, program, '-c', 'one'];

/** As qmail and Dovecot run it; without a request, descriptor 3 is closed. */
async function checkpassword(request: string | Buffer | null, args = withProgram(), options: string[] = []) {
  const child = spawn(process.execPath, [binary, 'login', '--checkpassword', ...options, ...args], {
    cwd: workplace.folder,
    env: { PATH: process.env['PATH'], KEPT: 'yes' },
    stdio: ['ignore', 'pipe', 'pipe', ...(request === null ? [] : ['pipe' as const])],
  });
  if (request !== null) {
    const descriptor = child.stdio[3] as Writable;
    // It may have ended before it read.
    descriptor.on('error', () => undefined);
    descriptor.end(request);
  }
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}

describe('an accepted login', () => {
  test('runs the program with the user in its environment, and hands its exit code on', async () => {
    expect(await checkpassword(`anna\0${secret}\0timestamp\0`)).toEqual({ code: 42, said: '' });
    expect(given()).toMatchObject({ env: { USER: 'Anna', KEPT: 'yes' }, args: ['-c', 'one'] });
  });

  test('needs no timestamp, as Dovecot sends none', async () => {
    expect(await checkpassword(`anna\0${secret}\0`)).toEqual({ code: 42, said: '' });
  });

  test('shows the password nowhere', async () => {
    const { said } = await checkpassword(`anna\0${secret}\0timestamp\0`, withProgram(), ['--verbose']);
    expect(said).not.toContain(secret);
    expect(JSON.stringify(given())).not.toContain(JSON.stringify(secret).slice(1, -1));
  });

  test('of a program that cannot be run is a temporary failure', async () => {
    const { code } = await checkpassword(`anna\0${secret}\0`, ['--', join(workplace.folder, 'none')]);
    expect(code).toBe(111);
  });

  test('of a program that a signal ended is one, too', async () => {
    const { code } = await checkpassword(`anna\0${secret}\0`, ['--', 'sh', '-c', 'kill -9 $$']);
    expect(code).toBe(111);
  });
});

describe('a rejected login', () => {
  test.each([
    ['a wrong password', 'anna\0wrong\0t\0'],
    ['an empty password', 'anna\0\0t\0'],
    ['an unknown user', `bert\0${secret}\0t\0`],
    ['no name', `\0${secret}\0t\0`],
    ['a password that is the beginning of the right one', `anna\0${secret.slice(0, -1)}\0t\0`],
    ['a password that goes on', `anna\0${secret}x\0t\0`],
  ])('%s: 1, and nothing is run', async (_, request) => {
    const { code, said } = await checkpassword(request, withProgram(), ['--verbose']);
    expect(said).toMatch(/^rollcall: rejected: .*\n$/);
    expect(said).not.toContain(secret);
    expect(code).toBe(1);
    expect(given()).toBeNull();
  });

  test('bytes that are no text are not taken for other ones', async () => {
    directory.answers(({ form }, response) => {
      response.end(JSON.stringify({ authenticated: form.get('password') === '\ufffd' }));
    });
    const { code } = await checkpassword(Buffer.from('anna\0\xff\0t\0', 'latin1'));
    expect([1, 2]).toContain(code);
    expect(given()).toBeNull();
  });
});

describe('what cannot be decided is a temporary failure, 111', () => {
  const temporary = async (args?: string[], options?: string[]) => {
    const { code, said } = await checkpassword(`anna\0${secret}\0t\0`, args, options);
    expect(said).toMatch(/^rollcall: .+\n$|^\S+:\d+:\d+: .+\n$/);
    expect(said).not.toContain(secret);
    expect(code).toBe(111);
    expect(given()).toBeNull();
  };

  test.each([
    ['an error of the directory', 500, '{"authenticated":true}'],
    ['a redirect', 302, '{"authenticated":true}'],
    ['something else than JSON', 200, '<html>true</html>'],
    ['half an answer', 200, '{"authenticated":true'],
  ])('%s', async (_, status, body) => {
    directory.answers((_, response) => response.writeHead(status, { Location: '/' }).end(body));
    await temporary();
  });

  test('a directory that says nothing', async () => {
    directory.answers(() => undefined);
    await temporary();
  });

  test('a directory that is not there', async () => {
    writeFileSync(
      join(workplace.folder, 'down.yaml'),
      JSON.stringify({
        directory: { url: 'http://127.0.0.1:1/', retries: 0 },
        database: { url: database.url },
      }),
      { mode: 0o600 },
    );
    await temporary(withProgram(), ['--config', 'down.yaml']);
  });

  test('a database that is not there', async () => {
    writeFileSync(
      join(workplace.folder, 'none.yaml'),
      JSON.stringify({
        directory: { url: directory.url },
        database: { url: 'postgres://x:y@127.0.0.1:1/none' },
      }),
      { mode: 0o600 },
    );
    await temporary(withProgram(), ['--config', 'none.yaml']);
  });

  test('no configuration', () => temporary(withProgram(), ['--config', 'nowhere.yaml']));
});

describe('what is no request is misuse, 2', () => {
  test.each([
    ['nothing', ''],
    ['garbage', 'garbage'],
    ['a password without an end', `anna\0${secret}`],
    ['more than 512 bytes', `anna\0${secret}\0${'t'.repeat(512)}\0`],
    ['no descriptor 3', null],
  ])('%s', async (_, request) => {
    expect(await checkpassword(request)).toEqual({ code: 2, said: '' });
    expect(given()).toBeNull();
  });

  test.each([[[]], [['--']]])('no program: %j', async (args) => {
    const { code, said } = await checkpassword(`anna\0${secret}\0t\0`, args);
    expect(said).not.toContain(secret);
    expect(code).toBe(2);
  });
});
