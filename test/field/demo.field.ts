import { expect, test } from 'vitest';
import { rollcall, start } from '../support/cli.ts';

test('the demo tells the whole story, on the embedded store', async () => {
  const { code, stdout, stderr } = await rollcall(['demo']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const commands = stdout.match(/^\$ .*$/gm);
  expect(commands).toEqual([
    '$ rollcall sync test',
    '$ rollcall sync now',
    '$ rollcall sync test --save plan.jsonl',
    '$ rollcall plan apply plan.jsonl',
    '$ rollcall undo now 2',
    '$ rollcall sync now',
    '$ rollcall sync test',
    '$ rollcall sync now',
    '$ rollcall sync now --new grace.hopper',
  ]);
  const verdicts = stdout.match(/^(Plan|Committed|No changes).*$/gm);
  expect(verdicts).toEqual([
    'Plan: 5 to create.',
    'Committed as run 1: 5 created.',
    'Plan: 1 to create, 1 to rename, 1 to update, 1 to delete.',
    'Committed as run 2: 1 created, 1 renamed, 1 updated, 1 deleted.',
    'Committed as run 3: 1 created, 1 renamed, 1 updated, 1 deleted.',
    'Committed as run 4: 1 created, 1 renamed, 1 updated, 1 deleted.',
    'No changes.',
    expect.stringMatching(/^No changes\. Recorded as run 5\.$/),
    'Committed as run 6: 1 created, 1 deleted.',
  ]);
  expect(stdout).toContain('? in doubt  grace.hopper');
});

test('its directory can be served alone, until it is told to stop', async () => {
  const { child, ended } = start(['demo', '--serve', '18734']);
  const said = new Promise<string>((resolve) => child.stdout.once('data', (chunk: string) => resolve(chunk)));
  const url = /http:\/\/[\d.:]+\//.exec(await said)?.[0] ?? '';
  const ask = async (form: Record<string, string>) =>
    (await fetch(url, { method: 'POST', body: new URLSearchParams(form) })).json();
  expect(await ask({ cmd: 'list' })).toHaveLength(6);
  const login = { cmd: 'auth', userName: 'grace.hopper' };
  expect(await ask({ ...login, password: 'correct horse' })).toEqual({ authenticated: true });
  expect(await ask({ ...login, password: 'wrong' })).toEqual({ authenticated: false });
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});
