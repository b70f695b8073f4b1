import { expect, test } from 'vitest';
import { rollcall } from '../support/cli.ts';

test('"help sync now" is the help of "sync now"', async () => {
  const [help, asked] = await Promise.all([
    rollcall(['help', 'sync', 'now']),
    rollcall(['sync', 'now', '--help']),
  ]);
  expect(help).toEqual(asked);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toContain('--max-deletes <n>');
});

test('"help" alone is the help of all', async () => {
  const { code, stdout } = await rollcall(['help']);
  expect(code).toBe(0);
  expect(stdout).toContain('Exit codes:');
});
