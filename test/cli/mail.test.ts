import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { parseLines, start, Workplace } from '../support/cli.ts';

const separator = 'From x Thu Jan  1 00:00:00 2026\n';

// What it does in a store is tested in both stores (test/mail/).
test('mail as it is found in the wild', async () => {
  const workplace = new Workplace();
  const database = await createDatabase();
  workplace.configure({
    directory: { url: 'http://localhost:9' },
    database: { url: database.url },
  });
  const put = (name: string, content: string | Buffer) =>
    writeFileSync(join(workplace.folder, name), content);
  const run = async (command: string, stdin?: string) => {
    const { code, stdout, stderr } = await workplace.run(command, stdin === undefined ? {} : { stdin });
    return { code, stdout, stderr };
  };
  const done = (stdout: string, stderr = '') => ({ code: 0, stdout, stderr });

  await run('users add anna --address anna@x --address anna@bücher.example --password-stdin', 'pass word');
  put('a.mbox', `${separator}To: anna@x\n\nmine\n\n${separator}To: early@x\n\nearly\n`);
  put('b.mbox.gz', gzipSync(`${separator}To: anna@x\n\nFrom here\n\n${separator}quoted\n`));
  put('c.zip', 'PK\x03\x04');
  put('passwords', 'root:secret:0:0:::\n');
  mkdirSync(join(workplace.folder, 'Maildir/.Sent/cur'), { recursive: true });
  mkdirSync(join(workplace.folder, 'Maildir/new'));
  put('Maildir/.Sent/cur/1:2,S', 'To: anna@xn--bcher-kva.example\n\nsent\n');

  const all = 'a.mbox b.mbox.gz c.zip passwords nowhere Maildir';
  const told = [
    'rollcall: warning: b.mbox.gz, message 1: line 6 looks like the start of a message; it was left where it is',
    'rollcall: c.zip: not imported: it is a ZIP archive; unpack it first',
    'rollcall: passwords: not imported: it is not mail: none of its header fields is one of a message',
    'rollcall: nowhere: not imported: it does not exist\n',
  ].join('\n');
  expect(await run(`archives import --dry-run ${all}`)).toEqual({
    code: 1,
    stdout:
      'Read 4 messages: 4 would be imported, 1 in @catchall, because no user has their addresses, 3 that could not be imported.\n',
    stderr: told,
  });
  expect((await run('archives list')).stdout).not.toContain('@catchall');
  const json = await run(`archives import --format json ${all}`);
  expect(json).toMatchObject({ code: 1, stderr: told });
  expect(parseLines(json.stdout).slice(1)).toMatchObject([
    { type: 'noted', place: 'b.mbox.gz, message 1' },
    { type: 'leftOut', place: 'c.zip', reason: 'it is a ZIP archive; unpack it first' },
    { type: 'leftOut', place: 'passwords' },
    { type: 'leftOut', place: 'nowhere', reason: 'it does not exist' },
    {
      type: 'import',
      dryRun: false,
      read: 4,
      imported: 4,
      unclaimed: 1,
      reassigned: 0,
      removed: 0,
      leftOut: 3,
    },
    { type: 'summary', outcome: 'failed', exitCode: 1 },
  ]);

  await run('users set anna --address anna@x --address early@x --address anna@bücher.example');
  expect(await run('archives reassign')).toEqual(
    done(
      'archive  messages\nanna     1\nNothing was moved. 1 of 1 message in @catchall would be; --now moves them.\n',
    ),
  );
  expect(await run('archives reassign --now')).toEqual(
    done('archive  messages\nanna     1\nMoved 1 of 1 message in @catchall.\n'),
  );
  expect(await run('archives reassign --now')).toEqual(done('Nothing to move: @catchall is empty.\n'));

  expect(await run('archives resolve', 'Cc: A <early@x>\nTo: anna@x\n\n')).toEqual(
    done('early@x  anna\nanna@x   anna\n'),
  );
  expect(await run('archives resolve a.mbox', '')).toMatchObject({ code: 64, stdout: '' });

  expect(await run('archives export anna -o out.mbox')).toEqual(done(''));
  expect(await run('archives export anna -o out.mbox')).toEqual({
    code: 64,
    stdout: '',
    stderr: 'rollcall: out.mbox already exists and was not changed (--output); --overwrite replaces it\n',
  });
  expect(await run('archives export anna -o out.mbox --overwrite')).toEqual(done(''));
  const mbox = readFileSync(join(workplace.folder, 'out.mbox'), 'utf8');
  expect((await run('archives export anna')).stdout).toBe(mbox);
  expect(mbox.match(/^From /gm)).toHaveLength(4);
  expect(await run('archives import out.mbox')).toEqual(
    done('Read 4 messages: 0 imported, 4 already stored.\n'),
  );

  expect(await run('archives remove-message 1', '2')).toMatchObject({ code: 64 });
  expect(await run('archives remove-message 1', '1\n')).toEqual(
    done('Removed message 1 from anna. An import does not bring it back.\n'),
  );
  expect(await run('archives import a.mbox')).toEqual(
    done('Read 2 messages: 0 imported, 1 already stored, 1 left out, because they were removed by hand.\n'),
  );
  expect(await run('archives remove-message 1', '1')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'rollcall: there is no message 1\n',
  });
});

test('a pipe is read when somebody writes to it, and left alone on a signal while nobody does', async () => {
  const workplace = new Workplace();
  const { url } = await createDatabase();
  workplace.configure({ directory: { url: 'http://localhost:9' }, database: { url } });
  const pipe = join(workplace.folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const waiting = start(['archives', 'import', 'pipe'], { cwd: workplace.folder });
  setTimeout(() => waiting.child.kill('SIGTERM'), 3_000);
  expect(await waiting.ended).toMatchObject({ code: 143, stdout: '' });
  const importing = workplace.run('archives import pipe');
  await appendFile(pipe, 'To: anna@x\n\nlate\n');
  expect(await importing).toMatchObject({ code: 0, stderr: '' });
});
