import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Directory } from '../servers/directory.ts';
import { parseLines, Workplace } from '../support/cli.ts';
import { absent, describeWith } from './program.ts';

const jq = '/usr/bin/jq';
const everybody = ['anna', 'bert', 'carl', 'Zoë "Z" O\'Neill \\ 漢字', 'erin', 'fred'].map((userName) => ({
  userName,
  emailAddresses: [`${encodeURIComponent(userName)}@example.com`],
}));

describeWith('jq', absent(jq), () => {
  let directory: Directory;
  let workplace: Workplace;

  beforeAll(async () => {
    directory = await Directory.start();
    workplace = new Workplace();
    const deletions = { percent: 0, atLeast: 2 };
    workplace.configure({
      directory: { url: directory.url },
      options: { deleteUsers: true },
      limits: { deletions },
    });
    directory.lists(everybody);
    expect(await workplace.run('sync now')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await directory.stop();
    workplace.remove();
  });

  const result = join('.', 'last-run.jsonl');
  const read = (...args: string[]) =>
    spawnSync(jq, [...args, result], { cwd: workplace.folder, encoding: 'utf8' });

  const deleted = 'select(.type == "change" and .action == "delete") | .userName';
  const blocked = 'select(.type == "summary") | .blocked';

  test('names the users who would be deleted, and succeeds when the run is not blocked', async () => {
    directory.lists(everybody.filter(({ userName }) => !/^(bert|Zoë)/.test(userName)));
    expect(await workplace.run('sync test --quiet --format json --output last-run.jsonl')).toMatchObject({
      code: 0,
    });
    expect(read('-r', deleted)).toMatchObject({
      status: 0,
      stdout: 'bert\nZoë "Z" O\'Neill \\ 漢字\n',
      stderr: '',
    });
    expect(read('-e', `${blocked} | not`)).toMatchObject({ status: 0, stdout: 'true\n' });
  });

  test('says which limit blocked a run, by its exit code, too', async () => {
    directory.lists(everybody.slice(0, 3));
    const now = await workplace.run('sync now --quiet --format json --output last-run.jsonl');
    expect(now).toMatchObject({ code: 3 });
    expect(read('-e', `${blocked} | not`)).toMatchObject({ status: 1 });
    expect(
      read('-r', 'select(.type == "summary") | .blocks[] | "\\(.limit): \\(.changes) of \\(.stored)"'),
    ).toMatchObject({ status: 0, stdout: 'deletions: 3 of 6\n' });
  });

  test('reads every line as Node does', async () => {
    directory.lists([...everybody, { userName: 'dup' }, { userName: 'DUP' }, { fullName: 'No Name' }]);
    const { stdout } = await workplace.run('sync test --format json');
    const seen = execFileSync(jq, ['-c', '-s', '.'], { input: stdout, encoding: 'utf8' });
    expect(JSON.parse(seen)).toEqual(parseLines(stdout));
    expect(parseLines(stdout).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['header', 'skipped', 'summary']),
    );
  });
});
