import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { syntaxOf, type Syntax } from '../../src/cli/manual/syntax.ts';
import { buildWholeProgram } from '../../src/cli/program.ts';
import { administer } from '../servers/administer.ts';
import { startPostgres, type Postgres } from '../servers/postgres.ts';
import { binary } from '../support/launch.ts';
import { absent, describeWith } from './program.ts';
import { ShellOnTerminal } from './terminal.ts';

const home = mkdtempSync(join(tmpdir(), 'rollcall-completion-'));
const path = `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`;
const env = { HOME: home, PATH: path };
/** Where the shells are; no hostile name may have made this file there. */
const work = join(home, 'work');
const pwned = join(work, 'pwned');
/** Files that run something, or are something else, where a shell does not quote their names. */
const hostile = join(work, 'hostile');
const hostileNames = [
  'a:`touch pwned`',
  'b=`touch pwned`',
  'c:$(touch pwned)',
  'd=x;touch pwned',
  'e`touch pwned`',
  'f:it\'s \\ "odd"',
  'g:~',
  'h:!!',
  'i:*',
];
const odd = 'it is $(touch pwned) `touch pwned` "odd"';

let syntax: Syntax;

const configure = (folder: string, config: object) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'people.json'), '[{"userName":"ann"},{"userName":"$(touch pwned)"}]');
  const whole = { directory: { file: 'people.json' }, ...config };
  writeFileSync(join(folder, 'rollcall.yaml'), stringify(whole), { mode: 0o600 });
};

const rollcall = (cwd: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [binary, ...args], {
    cwd,
    env,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stdout;
};

beforeAll(async () => {
  syntax = syntaxOf(await buildWholeProgram());
  mkdirSync(join(home, 'bin'));
  symlinkSync(binary, join(home, 'bin/rollcall'));
  mkdirSync(work);
  for (const name of ['-x', 'a b', '$(touch pwned)', '`touch pwned`', 'plan.jsonl', 'x:y=z.json'])
    writeFileSync(join(work, name), '');
  mkdirSync(join(hostile, 'k:l m/n'), { recursive: true });
  for (const name of [...hostileNames, 'q r']) writeFileSync(join(hostile, name), '');
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(home, `rollcall.${shell}`), rollcall(work, 'completion', shell));
});

afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** What can follow each command, as the program says it. */
const expected = () =>
  syntax.commands.map(({ path, commands, options }) => ({
    typed: path === '' ? 'rollcall ' : `rollcall ${path} `,
    commands: commands.map(({ name }) => name).sort(),
    options: [...options, ...syntax.everywhere]
      .flatMap(({ flags }) => flags)
      .filter((flag) => flag.startsWith('--'))
      .sort(),
  }));

const firstWords = (lines: string[]) => lines.map((line) => line.split(/[ \t]/, 1)[0] ?? '').sort();

/** What is typed, and what it becomes, or what is listed. */
const lines: [typed: string, result: string | string[]][] = [
  ['rollcall sy', 'rollcall sync '],
  ['rollcall sync t', 'rollcall sync test '],
  ['rollcall -q -c x.yaml und', 'rollcall -q -c x.yaml undo '],
  ['rollcall -qc x.yaml und', 'rollcall -qc x.yaml undo '],
  ['rollcall --config=x.yaml und', 'rollcall --config=x.yaml undo '],
  ['rollcall --log-format json users fo', 'rollcall --log-format json users forget '],
  ['rollcall sync --log-format json te', 'rollcall sync --log-format json test '],
  ['rollcall sync test --quiet --str', 'rollcall sync test --quiet --strict '],
  ['rollcall sync test --max-deletes ', []],
  ['rollcall sync test --format m', 'rollcall sync test --format markdown '],
  ['rollcall sync test --format=m', 'rollcall sync test --format=markdown '],
  ['rollcall sync test -f ', ['html', 'json', 'markdown', 'text']],
  ['rollcall users list --format ', ['json', 'text']],
  ['rollcall explain --by=d', 'rollcall explain --by=dn '],
  ['rollcall help sync n', 'rollcall help sync now '],
  ['rollcall users help ren', 'rollcall users help rename '],
  ['rollcall completion z', 'rollcall completion zsh '],
  ['rollcall archives import pl', 'rollcall archives import plan.jsonl '],
  ['rollcall plan show pl', 'rollcall plan show plan.jsonl '],
  ['rollcall sync test --save pl', 'rollcall sync test --save plan.jsonl '],
  ['rollcall sync test --save=pl', 'rollcall sync test --save=plan.jsonl '],
  ['rollcall sync test > pl', 'rollcall sync test > plan.jsonl '],
  ['rollcall sync test -- -', []],
  ['rollcall sync test -- ', []],
  ['rollcall -- ', []],
  ['rollcall users show ', []],
  ['rollcall users show --verb', 'rollcall users show --verbose '],
  ['rollcall login ann --checkp', 'rollcall login ann --checkpassword '],
  [
    'rollcall directory check http://127.0.0.1:80/?a=b --password',
    'rollcall directory check http://127.0.0.1:80/?a=b --password-stdin ',
  ],
  ['rollcall login a:b=c@example.com --checkp', 'rollcall login a:b=c@example.com --checkpassword '],
  ['rollcall plan show a', 'rollcall plan show a\\ b '],
  ['rollcall plan show \\$', 'rollcall plan show \\$\\(touch\\ pwned\\) '],
];

/** Zsh offers options here. */
const notInZsh: typeof lines = [['rollcall nonsense ', []]];

/** The same, where only bash has it. */
const inBash: typeof lines = [
  ...notInZsh,
  ['rollcall 2>plan.jsonl sync t', 'rollcall 2>plan.jsonl sync test '],
  ['rollcall sync test --max-d', 'rollcall sync test --max-deletes '],
  [
    'rollcall users set ann --address a@x b:c@x --au',
    'rollcall users set ann --address a@x b:c@x --authentication ',
  ],
  ['rollcall sync test --save=x:', 'rollcall sync test --save=x:y=z.json '],
  ['rollcall users set ann -p login c', 'rollcall users set ann -p login changePassword '],
  ['rollcall users set ann -p login -a ', []],
  ['rollcall archives grant a b r', 'rollcall archives grant a b read '],
  ['rollcall archives grant a b read w', 'rollcall archives grant a b read write '],
  [
    `rollcall archives grant a b${' none'.repeat(7)} r`,
    `rollcall archives grant a b${' none'.repeat(7)} read `,
  ],
  [
    `rollcall archives grant a b${' none'.repeat(30)} r`,
    `rollcall archives grant a b${' none'.repeat(30)} read `,
  ],
  ['rollcall plan show -- pl', 'rollcall plan show -- plan.jsonl '],
  ['rollcall plan show "a', 'rollcall plan show "a b" '],
  ['rollcall plan show x:y=', 'rollcall plan show x:y=z.json '],
  ['rollcall sync test >pl', 'rollcall sync test >plan.jsonl '],
];

async function tryLines(shell: ShellOnTerminal, cases: typeof lines): Promise<void> {
  for (const [typed, result] of cases) {
    const completed = await shell.complete(typed);
    const { listed } = completed;
    // Bash may quote the =, where it cuts words there.
    const line = completed.line.replaceAll('\\=', '=');
    if (typeof result === 'string') expect({ line, listed }).toEqual({ line: result, listed: [] });
    else
      expect({ typed, line, listed: listed.join(' ').split(/\s+/).filter(Boolean) }).toEqual({
        typed,
        line: typed,
        listed: result,
      });
  }
  expect(existsSync(pwned)).toBe(false);
}

/** Completes the names in `hostile`, and runs what comes of it with `printf` in the place of rollcall. */
async function tryHostile(shell: ShellOnTerminal): Promise<void> {
  await shell.run(`cd ${hostile}`);
  for (const name of hostileNames)
    for (const typed of ['rollcall plan show ', 'rollcall sync test --save=']) {
      const { line, listed } = await shell.complete(typed + name.replace(/([:=]|(?<=^.)).*/s, '$1'));
      expect({ name, listed, line: line.startsWith(typed) ? typed : line }).toEqual({
        name,
        listed: [],
        line: typed,
      });
      const said = await shell.run(line.replace('rollcall', "printf '<%s>'"));
      expect(said).toContain(typed.endsWith('=') ? `<--save=${name}>` : `<${name}>`);
    }
  expect(readdirSync(hostile)).not.toContain('pwned');
  await shell.run('cd ..');
}

/** A quote that is open stays, and a folder is completed further. */
async function tryHalves(shell: ShellOnTerminal): Promise<void> {
  await shell.run(`cd ${hostile}`);
  for (const quote of ["'", '"']) {
    const typed = `rollcall sync test --save=${quote}q`;
    expect([typed, `${typed} r${quote} `]).toContain((await shell.complete(typed)).line);
  }
  for (const typed of ['rollcall plan show k:', 'rollcall sync test --save=k:']) {
    expect((await shell.complete(typed)).line).toBe(`${typed}l\\ m/`);
    expect((await shell.complete(`${typed}l\\ m/`)).line).toBe(`${typed}l\\ m/n/`);
  }
  await shell.run('cd ..');
}

async function tryAll(shell: ShellOnTerminal): Promise<void> {
  for (const { typed, commands, options } of expected()) {
    // The arguments of this one are run numbers or files, too.
    if (commands.length > 0)
      expect(firstWords((await shell.complete(typed)).listed), typed).toEqual(commands);
    expect(firstWords((await shell.complete(`${typed}--`)).listed), typed).toEqual(options);
  }
}

const bashCompletion = '/usr/share/bash-completion/bash_completion';

describeWith('bash', absent('/usr/bin/script', bashCompletion), () => {
  const source = `source ${join(home, 'rollcall.bash')}`;
  const installed = join(home, '.local/share/bash-completion/completions');

  beforeAll(() => {
    mkdirSync(installed, { recursive: true });
    symlinkSync(join(home, 'rollcall.bash'), join(installed, 'rollcall'));
  });

  describe.each([
    ['alone', [source]],
    ['with its package bash-completion', [`source ${bashCompletion}`]],
    [
      'with words that are not cut at = and :, as npm leaves it',
      ["COMP_WORDBREAKS=$' \\t\\n\"\\'><;|&('", source],
    ],
    ['that is strict', ['set -u; shopt -s failglob nocaseglob; IFS=:', source]],
  ])('%s', (_, settings) => {
    let shell: ShellOnTerminal;

    beforeAll(async () => {
      shell = await ShellOnTerminal.start('bash', settings, { cwd: work, env });
    });
    afterAll(() => shell.stop());

    test('completes commands, options, values and files', () => tryLines(shell, [...lines, ...inBash]));
    test('offers every command and every option', () => tryAll(shell));
    test('runs nothing that the name of a file contains', () => tryHostile(shell));
    test('completes what is half a name', () => tryHalves(shell));
  });

  describe('asks for the numbers of runs', () => {
    const quoted = (name: string) => name.replace(/[^\w\/.]/g, '\\$&');
    const usual = `rollcall -c ${quoted(odd)}/rollcall.yaml`;
    let postgres: Postgres;
    let deaf: Server;
    let shell: ShellOnTerminal;

    beforeAll(async () => {
      postgres = await startPostgres();
      configure(join(work, odd), { database: { url: postgres.url } });
      rollcall(join(work, odd), 'sync', 'now');
      deaf = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => deaf.once('listening', resolve));
      const { port } = deaf.address() as AddressInfo;
      configure(join(work, 'deaf'), { database: { url: `postgres://127.0.0.1:${port}/none` } });
      shell = await ShellOnTerminal.start('bash', [source], { cwd: work, env });
    });

    afterAll(async () => {
      await shell.stop();
      deaf.close();
      await postgres.stop();
    });

    test('and completes them, whatever the configuration is called', async () => {
      for (const given of [
        usual,
        `rollcall -c '${odd}/rollcall.yaml'`,
        `rollcall --config=${quoted(odd)}/rollcall.yaml`,
      ])
        for (const command of ['undo test', 'undo now'])
          expect((await shell.complete(`${given} ${command} `)).line).toBe(`${given} ${command} 1 `);
      await shell.run(`export ROLLCALL_CONFIG=${quoted(odd)}/rollcall.yaml`);
      expect((await shell.complete('rollcall undo now ')).line).toBe('rollcall undo now 1 ');
      await shell.run('unset ROLLCALL_CONFIG');
    });

    test('of a long history, with the latest in front', async () => {
      await administer(
        postgres.url,
        `insert into rollcall.runs overriding system value
           select (jsonb_populate_record(run, jsonb_build_object('id', n))).*
           from rollcall.runs run, generate_series(2, 5000) n where run.id = 1`,
      );
      const { listed, took } = await shell.complete(`${usual} undo test `);
      expect(listed).toEqual(Array.from({ length: 100 }, (_, i) => String(5000 - i)));
      expect(took).toBeLessThan(5_000);
      expect((await shell.complete(`${usual} undo test 123`)).listed).toEqual(
        [...Array(10).keys()].map((i) => String(1239 - i)).concat('123'),
      );
      expect((await shell.complete(`${usual} history `)).listed).toEqual(
        expect.arrayContaining(['user', 'prune', '5000']),
      );
      console.info(`TAB took ${took} ms in a history of 5,000 runs.`);
    });

    test('and comes back soon where the database does not answer', async () => {
      const { listed, line, took } = await shell.complete('rollcall -c deaf/rollcall.yaml undo test ');
      expect({ listed, line }).toEqual({ listed: [], line: 'rollcall -c deaf/rollcall.yaml undo test ' });
      expect(took).toBeLessThan(5_000);
      console.info(`TAB took ${took} ms where the database does not answer.`);
    });

    test('and runs nothing for that but rollcall', async () => {
      for (const word of [
        '$(touch pwned)',
        '"$(touch pwned)"',
        '`touch pwned`',
        '<(touch pwned)',
        '${x:-$(touch pwned)}',
        '~nobody',
        '*',
      ]) {
        const typed = `rollcall -c ${word} undo test `;
        expect(await shell.complete(typed)).toMatchObject({ line: typed, listed: [] });
      }
      expect(existsSync(pwned)).toBe(false);
    });

    test('and takes nothing but numbers for an answer', async () => {
      const liar = join(home, 'liar');
      mkdirSync(liar);
      for (const answer of ['12; touch pwned', '$(touch pwned)', '1\n`touch pwned`', '-rf']) {
        writeFileSync(join(liar, 'rollcall'), `#!/bin/sh\ncat <<'END'\n${answer}\nEND\n`, { mode: 0o755 });
        await shell.run(`hash -r; PATH=${liar}:$PATH`);
        expect(await shell.complete('rollcall undo test ')).toMatchObject({
          line: 'rollcall undo test ',
          listed: [],
        });
      }
      writeFileSync(join(liar, 'rollcall'), '#!/bin/sh\necho 12\n');
      expect(await shell.complete('rollcall undo test ')).toMatchObject({ line: 'rollcall undo test 12 ' });
      await shell.run(`PATH=${path}; hash -r`);
      expect(existsSync(pwned)).toBe(false);
    });

    test('of an embedded store, which it does not make', async () => {
      configure(join(work, 'embedded'), {});
      const typed = 'rollcall -c embedded/rollcall.yaml undo test ';
      expect(await shell.complete(typed)).toMatchObject({ line: typed, listed: [] });
      expect(readdirSync(join(work, 'embedded')).sort()).toEqual(['people.json', 'rollcall.yaml']);
      rollcall(join(work, 'embedded'), 'sync', 'now');
      // To open it takes longer than a person waits, if the machine is busy.
      for (let tries = 0; tries < 30; tries++)
        if ((await shell.complete(typed)).line === `${typed}1 `) return;
      expect.fail('no run was offered in 30 attempts');
    });
  });
});

describeWith('zsh', absent('/usr/bin/zsh', '/usr/bin/script'), () => {
  describe.each([
    ['that sources it', [`source ${join(home, 'rollcall.zsh')}`]],
    ['that finds it', [`fpath=(${join(home, 'functions')} $fpath); compinit -u -D`]],
  ])('%s', (_, settings) => {
    let shell: ShellOnTerminal;

    beforeAll(async () => {
      mkdirSync(join(home, 'functions'), { recursive: true });
      symlinkSync(join(home, 'rollcall.zsh'), join(home, 'functions/_rollcall'));
      shell = await ShellOnTerminal.start('zsh', settings, { cwd: work, env });
    });
    afterAll(async () => {
      await shell.stop();
      rmSync(join(home, 'functions'), { recursive: true });
    });

    test('completes commands, options, values and files', () => tryLines(shell, lines));
    test('offers every command and every option', () => tryAll(shell));
    test('runs nothing that the name of a file contains', () => tryHostile(shell));
  });
});

describeWith('fish', absent('/usr/bin/fish'), () => {
  /** What is offered for each line. */
  function offers(typed: string[]): string[][] {
    const asked = typed.map((line) => `complete -C '${line.replace(/[\\']/g, '\\$&')}'; echo ---`);
    const { stdout, stderr } = spawnSync(
      'fish',
      ['--no-config', '-c', [`source ${join(home, 'rollcall.fish')}`, ...asked].join('\n')],
      { cwd: work, env, encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    return stdout
      .split('---\n')
      .slice(0, -1)
      .map((text) => text.split('\n').filter(Boolean));
  }

  test('completes commands, options, values and files', () => {
    const all = [...lines, ...notInZsh];
    const found = offers(all.map(([typed]) => typed));
    for (const [i, [typed, result]] of all.entries()) {
      const offered = (found[i] ?? []).map((one) => one.split('\t', 1)[0] ?? '').sort();
      // Fish offers the last word, before it quotes it.
      const words =
        typeof result === 'string'
          ? [/(?<!\\) ((\\ |\S)+) $/.exec(result)?.[1]?.replaceAll('\\', '')]
          : result;
      expect(offered, typed).toEqual(words);
    }
  });

  test('offers every command and every option', () => {
    const all = expected();
    const groups = all.filter(({ commands }) => commands.length > 0);
    const commands = offers(groups.map(({ typed }) => typed));
    for (const [i, one] of groups.entries())
      expect(firstWords(commands[i] ?? []), one.typed).toEqual(one.commands);
    const options = offers(all.map(({ typed }) => `${typed}--`));
    for (const [i, one] of all.entries())
      expect(firstWords(options[i] ?? []), one.typed).toEqual(one.options);
  });
});

describeWith('man and mandoc', absent('/usr/bin/man', '/usr/bin/mandoc'), () => {
  const page = 'dist/rollcall.1';
  const run = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, {
      env: { ...env, LC_ALL: 'C.UTF-8', MANWIDTH: '80' },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  };

  test('the page is clean', () => {
    expect(run('mandoc', '-T', 'lint', '-W', 'warning', page)).toBe('');
    run('man', '--warnings', '-l', page);
  });

  test.each([
    ['man', '-l', page],
    ['mandoc', '-T', 'utf8', page],
  ])('what %s shows can be copied', (program, ...args) => {
    const shown = run(program, ...args)
      .replace(/.\u0008/g, '')
      .replace(/\s+/g, ' ');
    for (const text of [
      '--max-deletes n',
      '-c, --config file',
      "mail archive's user database",
      '(choices: "text"',
      'rollcall sync test --exit-code',
    ])
      expect(shown).toContain(text);
    expect(shown).not.toMatch(/\\/);
  });
});

test('nothing that a name contains was run', () => {
  expect(readdirSync(work)).not.toContain('pwned');
});
