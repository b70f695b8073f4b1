import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { Hook } from '../servers/hook.ts';
import { parseLines, Workplace } from '../support/cli.ts';

const anna = { userName: 'anna', fullName: 'Anna Able', distinguishedName: 'UID=1,DC=example' };
const bert = { userName: 'bert', fullName: 'Bert Böll' };
const silent = { code: 0, stdout: '', stderr: '' };
const warning =
  'rollcall: warning: directory.tls.ignoreWarnings is on: any server can pose as the directory\n';

let directory: Directory;
let workplace: Workplace;
let database: Awaited<ReturnType<typeof createDatabase>>;
beforeAll(async () => {
  directory = await Directory.start();
  database = await createDatabase();
  workplace = new Workplace();
  configure({});
});
afterAll(async () => {
  await directory.stop();
  await database.drop();
  workplace.remove();
});

/** With something in it that every command warns of. */
const configure = (more: object) =>
  workplace.configure({
    directory: { url: directory.url, retries: 0, tls: { ignoreWarnings: true } },
    database: { url: database.url },
    ...more,
  });
const path = (name: string) => join(workplace.folder, name);
const night = (options = '') => workplace.run(`sync now --quiet-unchanged ${options}`.trim());

test('a run that changes something says all that it would say anyway', async () => {
  directory.lists([anna, bert]);
  const { code, stdout, stderr } = await night();
  expect({ code, stderr }).toEqual({ code: 0, stderr: warning });
  expect(stdout).toMatch(/\+ create +anna [^]* \+ create +bert [^]*Committed as run 1: 2 created\./);
});

test.each(['', '--verbose', '-v --log-format json --strict', '--quiet --format json', '--output - --all'])(
  'a run without a change says nothing: %s',
  async (options) => {
    expect(await night(options)).toEqual(silent);
  },
);

test('it is in the history all the same, and says something without the option', async () => {
  expect(await workplace.run('sync now')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('No changes. Recorded as run 7.') as string,
    stderr: warning,
  });
});

test('files that were asked for are written all the same', async () => {
  expect(await night('--format json --output result')).toEqual(silent);
  expect(parseLines(readFileSync(path('result'), 'utf8')).map(({ type }) => type)).toEqual([
    'header',
    'summary',
  ]);
  expect(await workplace.run('sync test --quiet-unchanged --save plan --exit-code')).toEqual(silent);
  expect(await workplace.run('plan apply plan --quiet-unchanged')).toEqual(silent);
  rmSync(path('plan'));
});

test('what waited is told in its order, if the run has something to tell', async () => {
  directory.lists([{ ...anna, fullName: 'Anna Abel' }, bert]);
  const { code, stderr } = await workplace.run(
    'sync test --quiet-unchanged --exit-code -v --log-format json',
  );
  expect(code).toBe(2);
  const lines = parseLines(stderr);
  expect(lines[0]).toMatchObject({
    level: 'warning',
    message: expect.stringMatching('ignoreWarnings') as string,
  });
  expect(lines.at(-1)).toMatchObject({ message: expect.stringMatching(/^\w+ \(\d\.\d\d s\)$/) as string });
  const times = lines.map(({ time }) => String(time));
  expect(times).toEqual(times.toSorted());
});

test('--quiet leaves only the result of it', async () => {
  const { code, stdout, stderr } = await night('--quiet');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('~ update    anna');
});

test('a run that is taken back is told, and one that changed nothing has nothing to tell', async () => {
  expect((await workplace.run('undo test 10 --quiet-unchanged')).stdout).toContain('~ update    anna');
  expect(await workplace.run('undo test 7 --quiet-unchanged')).toEqual(silent);
  expect(await workplace.run('undo now 7 --quiet-unchanged')).toEqual(silent);
  directory.lists([anna, bert]);
  expect((await night()).stdout).toContain('1 updated');
  // The update was changed since.
  expect((await workplace.run('undo test 10 --quiet-unchanged')).stdout).toContain(
    'changed since and left out',
  );
});

test('whoever leaves or comes back is told once', async () => {
  directory.lists([anna]);
  expect((await workplace.run('sync test --quiet-unchanged')).stdout).toContain('! kept      bert');
  expect((await night()).stdout).toContain('! kept      bert');
  expect(await night()).toEqual(silent);
  expect(await workplace.run('sync test --quiet-unchanged')).toEqual(silent);
  directory.lists([anna, bert]);
  expect((await night()).stdout).toContain('No changes.');
  expect(await night()).toEqual(silent);
});

test('an undo is told that only marks who is gone, or no longer does', async () => {
  directory.lists([anna]);
  const gone = Number(/Recorded as run (\d+)/.exec((await night()).stdout)?.[1]);
  const anew = `Who is gone would be marked as before run ${gone}.`;
  expect((await workplace.run(`undo test ${gone} --quiet-unchanged --save back`)).stdout).toContain(anew);
  expect(await workplace.run('plan apply back --quiet-unchanged')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      `\\nNo changes. Recorded as run ${gone + 1}.\\n[^]*\\nWho is gone is marked as before run ${gone}.\\n`,
    ) as string,
  });
  // Nothing of it is left to take back.
  expect(await workplace.run(`undo now ${gone} --quiet-unchanged`)).toEqual(silent);
  expect((await workplace.run(`undo now ${gone + 1} --quiet-unchanged`)).stdout).toContain(
    `Who is gone is marked as before run ${gone + 1}.`,
  );
  // They were gone already.
  expect(await night()).toEqual(silent);
});

test.each([
  ['skipped', [anna, bert, { userName: '' }], '! skipped'],
  ['in doubt', [anna, { userName: 'bert', fullName: 'Berta Bach' }], '? in doubt'],
])('what is %s is told every night', async (_, listed, said) => {
  directory.lists(listed);
  expect(await night()).toMatchObject({ code: 0, stdout: expect.stringContaining(said) as string });
  expect(await night('--strict')).toMatchObject({ code: 4, stdout: expect.stringContaining(said) as string });
});

test('a name that is taken is told every night', async () => {
  await workplace.run('users add root --password-stdin', { stdin: 'correct horse battery' });
  directory.lists([anna, bert, { userName: 'root' }]);
  for (let i = 0; i < 2; i++) expect((await night()).stdout).toContain('! taken     root');
});

test('a run that is blocked is told every night, also beside a file', async () => {
  configure({ options: { deleteUsers: true }, limits: { deletions: { percent: 0, atLeast: 0 } } });
  directory.lists([anna]);
  expect(await night()).toMatchObject({ code: 3, stdout: expect.stringContaining('Blocked:') as string });
  expect(await night('--output result')).toMatchObject({
    ...{ code: 3, stdout: '' },
    stderr: expect.stringMatching(/^rollcall: warning: .*\nrollcall: blocked: .*\n$/) as string,
  });
});

test('deletions that are held are told every night', async () => {
  const deletions = { percent: 0, atLeast: 0, onExceeded: 'hold' };
  configure({ options: { deleteUsers: true }, limits: { deletions } });
  for (let i = 0; i < 2; i++)
    expect(await night()).toMatchObject({
      code: 7,
      stdout: expect.stringContaining('! held      bert') as string,
    });
});

test('a run that fails says why, and its JSON has the error', async () => {
  workplace.configure({
    directory: { url: 'http://127.0.0.1:9/', retries: 0, tls: { ignoreWarnings: true } },
    database: { url: database.url },
  });
  const { code, stdout, stderr } = await night('--format json');
  expect(code).toBe(1);
  expect(stderr.startsWith(`${warning}rollcall: `)).toBe(true);
  expect(parseLines(stdout).map(({ type }) => type)).toEqual(['header', 'error']);
  workplace.configure({ nonsense: true });
  const wrong = await night();
  expect(wrong).toMatchObject({ code: 78, stdout: '' });
  expect(wrong.stderr).toContain('nonsense');
});

test('what follows a run and fails is told, although the run has nothing to tell', async () => {
  configure({ after: { metrics: { file: '/nowhere/rollcall.prom' } } });
  directory.lists([anna, bert]);
  await night();
  expect(await night()).toMatchObject({
    ...{ code: 0, stdout: '' },
    stderr: expect.stringMatching(/\nrollcall: after.metrics failed: .*\n$/) as string,
  });
});

test('that what followed a run cannot be remembered is told, although the run has nothing to tell', async () => {
  const hook = await Hook.start();
  try {
    const limits = { deletions: { percent: 0, atLeast: 0 } };
    configure({ options: { deleteUsers: true }, limits, after: { webhook: { url: hook.url } } });
    directory.lists([anna]);
    expect((await night()).code).toBe(3);
    await administer(
      database.url,
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
       create trigger refuse before insert on rollcall.told execute function refuse()`,
    );
    directory.lists([anna, bert]);
    // The database cannot remember it, and this machine cannot either.
    const env = { STATE_DIRECTORY: path('nowhere') };
    expect(await workplace.run('sync now --quiet-unchanged', { env })).toMatchObject({
      ...{ code: 0, stdout: '' },
      stderr: expect.stringMatching(/\nrollcall: after: .*\n$/) as string,
    });
    expect(hook.news()).toEqual([['blocked'], ['recovered']]);
  } finally {
    await hook.stop();
  }
});

test.each([
  ['nobody is listed', [], {}, '0 entries in the directory.'],
  [
    'the scope leaves out everybody',
    [anna, bert],
    { scope: { exclude: [{ userName: '*' }] } },
    '2 entries in the directory, 2 out of scope.',
  ],
])('a database that stays empty is told every night: %s', async (_, listed, more, said) => {
  const empty = await createDatabase();
  try {
    configure({ ...more, database: { url: empty.url } });
    directory.lists(listed);
    expect((await workplace.run('sync test --quiet-unchanged')).stdout).toContain(`No changes.\n${said}\n`);
    for (const run of [1, 2])
      expect(await night()).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`No changes. Recorded as run ${run}.\n${said}\n`) as string,
      });
  } finally {
    await empty.drop();
  }
});
