import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { binary } from '../support/launch.ts';

test('a process that nothing can wake any more does not end as if all were done', async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent('process.stdin.unref()')}`;
  const args = [binary, '--config', '-', 'config', 'check'];
  // Its standard input stays open, and says nothing.
  const child = spawn(process.execPath, args, { env: { NODE_OPTIONS }, stdio: 'pipe' });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(said).toBe('rollcall: a bug in rollcall, please report it: it stopped in the middle of its work\n');
});
