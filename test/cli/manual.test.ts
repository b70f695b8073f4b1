import { Command, Option } from '@commander-js/extra-typings';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { currentActor } from '../../src/cli/context.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { firstSteps } from '../../src/cli/manual/manual-page.ts';
import { plain } from '../../src/cli/manual/roff.ts';
import { syntaxOf } from '../../src/cli/manual/syntax.ts';
import { buildWholeProgram } from '../../src/cli/program.ts';
import { openEmbedded } from '../../src/database/embedded/open-embedded.ts';
import { allCommands, problemOf } from '../docs/command-lines.ts';
import { createDatabase } from '../servers/database.ts';
import { rollcall, Workplace } from '../support/cli.ts';
import { binary } from '../support/launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-manual-'));
const build = (name: string, env: Record<string, string>) => {
  execFileSync(process.execPath, ['packaging/manual.js', join(folder, name)], {
    env: { PATH: process.env['PATH'], ...env },
  });
  return {
    page: readFileSync(join(folder, name, 'rollcall.1'), 'utf8'),
    bash: readFileSync(join(folder, name, 'completion/rollcall.bash'), 'utf8'),
    zsh: readFileSync(join(folder, name, 'completion/rollcall.zsh'), 'utf8'),
    fish: readFileSync(join(folder, name, 'completion/rollcall.fish'), 'utf8'),
  };
};
let built: ReturnType<typeof build>;
/** The page as it is read. */
let read: string;

beforeAll(() => {
  built = build('built', {});
  read = built.page
    .replace(/\\f[BIR]|\\&/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\(dq', '"')
    .replaceAll('\\(aq', "'");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('every command and every option is on the page and in each script', async () => {
  const program = await buildWholeProgram();
  const { commands, everywhere } = syntaxOf(program);
  expect(commands.map(({ path }) => path)).toEqual(expect.arrayContaining(allCommands(program)));
  expect(commands.length).toBeGreaterThan(40);
  for (const path of allCommands(program)) expect(read).toContain(`\n.SS rollcall ${path}`);
  for (const { path, options } of commands) {
    const long = [...options, ...everywhere]
      .flatMap(({ flags }) => flags)
      .filter((one) => one.startsWith('--'));
    const [words = ''] = new RegExp(`^ *'${path}'\\) _commands=.*$`, 'm').exec(built.bash) ?? [];
    const [, zsh = ''] = built.zsh.split(`    ('${path}')\n`);
    const own = zsh.split('\n      ;;\n', 1)[0] ?? '';
    const [section = ''] = read.split(`\n.SS rollcall ${path}`).slice(1);
    for (const flag of long) {
      expect(words.split(/[ ']/), path).toContain(flag);
      const isOwn = options.some(({ flags }) => flags.includes(flag));
      if (isOwn) expect(own, path).toMatch(new RegExp(`'.*${flag}[=[]`));
      if (isOwn) expect(section.split('\n.S', 1)[0], path).toContain(flag);
      const fish = isOwn
        ? `-n '__rollcall_at "${path}"'.* -l ${flag.slice(2)} `
        : `rollcall.* -l ${flag.slice(2)} `;
      expect(built.fish, path).toMatch(new RegExp(`^complete -c ${isOwn ? 'rollcall ' : ''}${fish}`, 'm'));
    }
  }
});

test('the page has every exit code', () => {
  const [, section = ''] = read.split('\n.SH EXIT STATUS\n');
  for (const { code, meaning } of Object.values(exitCodes))
    expect(section.split('\n.SH')[0]).toContain(
      `.TP\n${code}\n${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}`,
    );
});

test('the page has every environment variable that is read', () => {
  const named = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('cli/manual/'))
    .map((name) => readFileSync(join('src', name), 'utf8'))
    .flatMap((text) => [...text.matchAll(/\benv\['(\w+)'\]/g)].map(([, variable = '']) => variable));
  expect(named).toEqual(expect.arrayContaining(['ROLLCALL_CONFIG', 'NO_COLOR', 'HOME']));
  const [, section = ''] = read.split('\n.SH ENVIRONMENT\n');
  const missing = [...named, 'PGHOST', 'PGPASSWORD'].filter(
    (name) => !new RegExp(`\\b${name}\\b`).test(section),
  );
  expect(missing).toEqual([]);
});

test('the page has every place of the configuration, in the order of the help', async () => {
  const { stdout } = await rollcall(['--help']);
  const [, list = ''] = /default: (.*?)\)/.exec(stdout.replace(/\s+/g, ' ')) ?? [];
  const [variable = '', ...files] = list.split(', then ');
  expect(files).toHaveLength(2);
  expect(read).toContain(`.TP\n${variable.slice(1)}\nThe configuration, if --config names none.`);
  const [, section = ''] = read.split('\n.SH FILES\n');
  const places = (section.split('\n.SH')[0] ?? '')
    .split('.TP\n')
    .filter((one) => one.includes('\nThe configuration, '));
  expect(places.map((one) => one.split('\n', 1)[0])).toEqual(files);
});

test('the help installs completions for somebody who has no folders yet', async () => {
  const { stdout } = await rollcall(['completion', '--help']);
  const home = join(folder, 'home');
  mkdirSync(join(home, 'bin'), { recursive: true });
  symlinkSync(binary, join(home, 'bin/rollcall'));
  const lines = stdout.split('\n').filter((line) => /^ {2}(mkdir|rollcall) /.test(line));
  execFileSync('sh', ['-ec', lines.join('\n')], {
    env: { HOME: home, PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}` },
  });
  const file = (name: string) => readFileSync(join(home, name), 'utf8');
  expect(file('.local/share/bash-completion/completions/rollcall')).toBe(built.bash);
  expect(file('.config/fish/completions/rollcall.fish')).toBe(built.fish);
});

test('the examples of the page are command lines', async () => {
  for (const step of firstSteps) expect(await problemOf(step.split(' ').slice(1), false), step).toBeNull();
});

test('nothing that people read mentions what only the scripts call', async () => {
  const { stdout } = await rollcall(['completion', '--help']);
  expect(stdout).not.toMatch(/\bruns\b/);
  expect(read).not.toContain('completion runs');
});

test('the build has printed what the commands say now', async () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const)
    expect(await rollcall(['completion', shell])).toEqual({ code: 0, stdout: built[shell], stderr: '' });
  // There may have been a commit since.
  const undated = (page: string) => page.replace(/^(\.TH ROLLCALL 1) \S+/, '$1');
  expect(undated(readFileSync('dist/rollcall.1', 'utf8'))).toBe(undated(built.page));
});

test('the page has the date of the last commit', () => {
  const date = execFileSync('git', ['log', '-1', '--format=%cd', '--date=format-local:%Y-%m-%d'], {
    env: { ...process.env, TZ: 'UTC' },
    encoding: 'utf8',
  });
  expect(built.page.slice(0, 40)).toContain(`.TH ROLLCALL 1 ${date.trim()} `);
});

test('the same version gives the same files', () => {
  expect(build('again', {})).toEqual(built);
  const dated = build('dated', { SOURCE_DATE_EPOCH: '1800000000' });
  expect(dated.page).toMatch(/^\.TH ROLLCALL 1 2027-01-15 /);
  expect(dated).toEqual({ ...built, page: dated.page });
});

test('text cannot become a macro', () => {
  expect(plain(".SH no\n'br\nC:\\temp --all")).toBe('\\&.SH no\n\\(aqbr\nC:\\etemp \\-\\-all');
  expect(plain('"…"')).toBe('\\(dq\\[u2026]\\(dq');
});

describe('the program must be one that a shell can complete', () => {
  test('a flag means the same with each command', () => {
    const program = new Command('rollcall');
    program.command('one').option('--what <value>');
    program.command('two').option('--what');
    expect(() => syntaxOf(program)).toThrow('--what takes a value with one command, and none with another');
  });

  test('a choice is one plain word', () => {
    const program = new Command('rollcall').addOption(
      new Option('--what <value>').choices(['$(touch pwned)']),
    );
    expect(() => syntaxOf(program)).toThrow('cannot offer the choice $(touch pwned)');
  });
});

describe('the numbers of runs', () => {
  let workplace: Workplace;

  beforeAll(() => {
    workplace = new Workplace();
    writeFileSync(join(workplace.folder, 'people.json'), '[{"userName":"ann"}]');
  });

  afterAll(() => {
    workplace.remove();
  });

  const directory = { file: 'people.json' };
  const silence = { stdout: '', stderr: '' };

  test('are those of the committed runs, latest first', async () => {
    const database = await createDatabase();
    workplace.configure({ directory, database: { url: database.url } });
    expect(await workplace.run('completion runs')).toEqual({ code: 0, ...silence });
    for (let run = 1; run <= 2; run++) expect((await workplace.run('sync now --quiet')).code).toBe(0);
    expect(await workplace.run('completion runs')).toEqual({ code: 0, stdout: '2\n1\n', stderr: '' });
    expect((await workplace.run('completion runs 1')).stdout).toBe('1\n');
    expect(await workplace.run('completion runs 1%')).toEqual({ code: 0, ...silence });
    await database.drop();
  });

  test('make no embedded store', async () => {
    workplace.configure({ directory });
    expect(await workplace.run('completion runs')).toEqual({ code: 0, ...silence });
    expect(readdirSync(workplace.folder).sort()).toEqual(['people.json', 'rollcall.yaml']);
  });

  test('never keep a run from an embedded store', async () => {
    workplace.configure({ directory });
    const folder = join(workplace.folder, 'rollcall-data');
    // Whoever opens the store reads this pipe, with the lock in hand.
    const version = join(folder, 'data/PG_VERSION');
    mkdirSync(join(folder, 'data'), { recursive: true, mode: 0o700 });
    execFileSync('mkfifo', ['-m', '600', version]);
    const asked = workplace.run('completion runs');
    const writer = await Promise.race([open(version, 'w'), asked]);
    if (!('close' in writer)) throw new Error('the store was not opened in time; this machine is too busy');
    rmSync(version);
    const store = await openEmbedded(folder, currentActor());
    // It has the lock now.
    await expect(store.open()).rejects.toThrow('is damaged: data/PG_VERSION is missing');
    await store.close();
    await writer.close();
    expect(await asked).toEqual({ code: null, ...silence });
    rmSync(folder, { recursive: true });
  });

  test('come without a word when there is no database, no configuration, or none in a file', async () => {
    workplace.configure({ directory, database: { url: 'postgres://127.0.0.1:1/none' } });
    expect(await workplace.run('completion runs')).toEqual({ code: 1, ...silence });
    expect(await workplace.run('completion runs -c nowhere.yaml')).toEqual({ code: 1, ...silence });
    expect(await workplace.run('completion runs -c /dev/stdin')).toEqual({ code: 1, ...silence });
    expect((await workplace.run('--verbose completion runs')).stderr).toContain('is Postgres running there?');
  });

  test('are not waited for where a database does not answer', async () => {
    const deaf = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => deaf.once('listening', resolve));
    const { port } = deaf.address() as AddressInfo;
    workplace.configure({ directory, database: { url: `postgres://127.0.0.1:${port}/none` } });
    const began = Date.now();
    expect(await workplace.run('completion runs')).toEqual({ code: null, ...silence });
    expect(Date.now() - began).toBeLessThan(8_000);
    deaf.close();
  });
});
