import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { block } from '../docs/markdown.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { logIn, obstacleToDovecot, startDovecot, type Dovecot } from '../servers/dovecot.ts';
import { Workplace } from '../support/cli.ts';

const rollcall = {
  node: process.execPath,
  binary: resolve(import.meta.dirname, '../../bin/rollcall.js'),
};
const obstacle = obstacleToDovecot(rollcall);
const skipped = obstacle === null ? '' : ` (SKIPPED: ${obstacle})`;
if (obstacle !== null) console.warn(`The tests with a real Dovecot are SKIPPED: ${obstacle}`);

describe.skipIf(obstacle !== null)(`Dovecot${skipped}`, () => {
  const special = 'ä "quoted" \\ $HOME %u {x} \'&=+ ';
  const passwords: Record<string, string> = { anna: 'right one', 'bert@example.com': special };
  let directory: Directory;
  let workplace: Workplace;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let dovecot: Dovecot;

  beforeAll(async () => {
    directory = await Directory.start();
    workplace = new Workplace();
    database = await createDatabase();
    answerProperly();
    workplace.configure({
      directory: { url: directory.url, retries: 0, timeouts: { connect: '2s', idle: '2s' } },
      database: { url: database.url },
    });
    expect(await workplace.run('sync now')).toMatchObject({ code: 0 });
    dovecot = await startDovecot(workplace.folder, block('docs/logging-on.md', 'dovecot'), rollcall);
  });
  afterAll(async () => {
    await dovecot.stop();
    await directory.stop();
    await database.drop();
    workplace.remove();
  });
  beforeEach(answerProperly);

  function answerProperly(): void {
    directory.answers(({ form }, response) => {
      const [user, password] = [form.get('userName') ?? '', form.get('password')];
      const people = Object.keys(passwords).map((userName) => ({ userName }));
      response.end(
        JSON.stringify(
          form.get('cmd') === 'list'
            ? people
            : { authenticated: Object.hasOwn(passwords, user) && passwords[user] === password },
        ),
      );
    });
  }

  const accepted = /^1 OK /m;
  const rejected = '1 NO [AUTHENTICATIONFAILED] Authentication failed.\r\n';
  const temporary = /^1 NO \[UNAVAILABLE\] Temporary authentication failure\./;

  test('accepts the password of the directory, and opens the mailbox of the stored name', async () => {
    expect(await logIn(dovecot.port, 'anna', 'right one')).toMatch(
      /^1 OK [^]*^\* LIST .* INBOX\r\n[^]*^3 OK /m,
    );
    expect(await logIn(dovecot.port, 'ANNA', 'right one')).toMatch(accepted);
    expect(readdirSync(join(workplace.folder, 'mail'))).toEqual(['anna']);
  });

  test('passes every character of a password on', async () => {
    expect(await logIn(dovecot.port, 'bert@example.com', special)).toMatch(accepted);
    expect(directory.requests.at(-1)?.form.get('password')).toBe(special);
    expect(await logIn(dovecot.port, 'bert@example.com', special.trim())).toBe(rejected);
  });

  test('rejects a wrong password and an unknown user alike', async () => {
    expect(await logIn(dovecot.port, 'anna', 'wrong')).toBe(rejected);
    expect(await logIn(dovecot.port, 'anna', '')).toBe(rejected);
    expect(await logIn(dovecot.port, 'carl', 'right one')).toBe(rejected);
  });

  test('takes no other answer than an explicit true for one', async () => {
    directory.answers((_, response) => response.end('{"authenticated":"true"}'));
    expect(await logIn(dovecot.port, 'anna', 'right one')).toBe(rejected);
  });

  test('lets nobody in while the directory cannot be asked, and says that it will pass', async () => {
    directory.answers((_, response) => response.writeHead(500).end('{"authenticated":true}'));
    expect(await logIn(dovecot.port, 'anna', 'right one')).toMatch(temporary);
    directory.answers((_, response) => response.destroy());
    expect(await logIn(dovecot.port, 'anna', 'right one')).toMatch(temporary);
    answerProperly();
    expect(await logIn(dovecot.port, 'anna', 'right one')).toMatch(accepted);
  });

  test('keeps passwords out of its log', () => {
    expect(dovecot.log()).toContain('checkpassword-reply');
    for (const password of Object.values(passwords)) expect(dovecot.log()).not.toContain(password);
  });
});
