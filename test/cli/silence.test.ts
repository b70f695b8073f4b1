import { expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { Workplace } from '../support/cli.ts';

test('no variable of the environment makes a library print what it handles', async () => {
  const { url } = await createDatabase();
  const workplace = new Workplace();
  workplace.configure({ directory: { url: 'http://localhost:9' }, database: { url } });
  const env = { DEBUG: '*', DEBUG_COLORS: '1' };
  const options = { stdin: 'canary-password', env };
  const added = await workplace.run('users add anna --password-stdin', options);
  expect(added).toMatchObject({ code: 0, stderr: '' });
  const mail = await workplace.run('archives import -', { stdin: 'To: a@x\n\ncanary\n', env });
  expect(mail).toMatchObject({ code: 0, stderr: '' });
});

test('a damaged configuration has no more lines than people read', async () => {
  const workplace = new Workplace();
  const ended = await workplace.run('config check -c -', { stdin: '['.repeat(50_000) });
  expect(ended).toMatchObject({ code: 78, stdout: '' });
  expect(ended.stderr.split('\n').length).toBeLessThan(30);
  expect(ended.stderr).not.toContain('bug');
});
