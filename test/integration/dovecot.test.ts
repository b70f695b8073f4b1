import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { block } from '../docs/markdown.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { onFreePort } from '../servers/workspace.ts';
import { Workplace } from '../support/cli.ts';

const dovecot = '/usr/sbin/dovecot';
const binary = resolve(import.meta.dirname, '../../bin/rollcall.js');
const missing = whatIsMissing();
const skipped = missing === null ? '' : ` (SKIPPED: ${missing})`;
if (missing !== null) console.warn(`The tests with a real Dovecot are SKIPPED: ${missing}`);

function whatIsMissing(): string | null {
  if (!existsSync(dovecot)) return 'no Dovecot; test/integration/install.sh installs it on Debian';
  if (!existsSync('/usr/lib/dovecot/checkpassword-reply'))
    return 'this Dovecot has no checkpassword (2.4 or newer)';
  if (process.getuid?.() !== 0) return 'Dovecot needs root';
  const { status } = spawnSync(process.execPath, [binary, '--version'], { ...userOf('dovecot'), cwd: '/' });
  return status === 0 ? null : `the user dovecot may not run ${binary}`;
}

function userOf(name: string): { uid: number; gid: number } {
  const [, uid, gid] =
    new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

/** What docs/logging-on.md gives, for the places and the users of this test. */
const documented = (folder: string, uid: number, gid: number) =>
  [
    ['/usr/bin/rollcall', `${process.execPath} ${binary}`],
    ['/etc/rollcall/rollcall.yaml', `${folder}/rollcall.yaml`],
    ['uid=vmail gid=vmail home=/var/mail/rollcall/%u', `uid=${uid} gid=${gid} home=${folder}/mail/%u`],
  ].reduce(
    (text, [from = '', to = '']) => {
      expect(text).toContain(from);
      return text.replace(from, to);
    },
    block('docs/logging-on.md', 'dovecot'),
  );

/** Everything that an IMAP client is told in answer to one login. */
async function logIn(port: number, user: string, password: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let said = '';
  const until = async (pattern: RegExp) => {
    while (!pattern.test(said)) said += ((await once(socket, 'data')) as [string])[0];
  };
  try {
    await until(/^\* OK .*\r\n/);
    // As literals, which take any byte.
    for (const [start, text] of [
      ['1 LOGIN ', user],
      [' ', password],
    ] as const) {
      said = '';
      socket.write(`${start}{${Buffer.byteLength(text)}}\r\n`);
      await until(/^\+ .*\r\n/m);
      socket.write(text);
    }
    said = '';
    socket.write('\r\n');
    await until(/^1 .*\r\n/m);
    if (/^1 OK /m.test(said)) {
      // The session is there only once the process behind it has taken it over.
      socket.write('2 LIST "" *\r\n3 LOGOUT\r\n');
      await until(/^3 .*\r\n/m);
    }
    return said;
  } finally {
    socket.destroy();
  }
}

// The end of standard input ends it, however this process ends.
const KEEPER = `
"$0" -F -c "$1" &
while read -r line; do :; done
kill $! && wait $!`;

describe.skipIf(missing !== null)(`Dovecot${skipped}`, () => {
  const special = 'ä "quoted" \\ $HOME %u {x} \'&=+ ';
  const passwords: Record<string, string> = { anna: 'right one', 'bert@example.com': special };
  let directory: Directory;
  let workplace: Workplace;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let keeper: ChildProcess;
  let imap: number;

  beforeAll(async () => {
    directory = await Directory.start();
    workplace = new Workplace();
    database = await createDatabase();
    answerProperly();
    workplace.configure({
      directory: { url: directory.url, retries: 0, timeouts: { connect: '2s', idle: '2s' } },
      database: { url: database.url },
    });
    // Dovecot asks under a user of its own, who has to read the configuration; and the mail is nobody's.
    chmodSync(workplace.folder, 0o711);
    chmodSync(join(workplace.folder, 'rollcall.yaml'), 0o640);
    chownSync(join(workplace.folder, 'rollcall.yaml'), 0, userOf('dovecot').gid);
    mkdirSync(join(workplace.folder, 'mail'));
    chownSync(join(workplace.folder, 'mail'), userOf('nobody').uid, userOf('nobody').gid);
    expect(await workplace.run('sync now')).toMatchObject({ code: 0 });
    ({ imap, keeper } = await onFreePort(startDovecot));
  });
  afterAll(async () => {
    keeper.stdin?.end();
    await once(keeper, 'exit');
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

  const log = () => {
    const file = join(workplace.folder, 'dovecot.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };

  async function startDovecot(port: number) {
    const { folder } = workplace;
    const { uid, gid } = userOf('nobody');
    const config = join(folder, 'dovecot.conf');
    writeFileSync(
      config,
      `
      base_dir = ${folder}/run
      state_dir = ${folder}/state
      log_path = ${folder}/dovecot.log
      auth_verbose = yes
      auth_debug = yes
      listen = 127.0.0.1
      protocols = imap
      ssl = no
      disable_plaintext_auth = no
      mail_location = maildir:~
      first_valid_uid = ${uid}
      service imap-login {
        inet_listener imap {
          port = ${port}
        }
        inet_listener imaps {
          port = 0
        }
      }
      # Many wrong passwords from one address are the purpose here.
      auth_failure_delay = 0
      service anvil {
        unix_listener anvil-auth-penalty {
          mode = 0
        }
      }

      ${documented(folder, uid, gid)}
      `,
    );
    const stdio: ['pipe', 'ignore', 'pipe'] = ['pipe', 'ignore', 'pipe'];
    const keeper = spawn('/bin/sh', ['-c', KEEPER, dovecot, config], { detached: true, cwd: '/', stdio });
    let complaint = '';
    keeper.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk));
    while (!log().includes('starting up')) {
      if (complaint !== '' || log().includes('Fatal')) {
        keeper.stdin.end();
        throw new Error(complaint + log());
      }
      await sleep(20);
    }
    return { imap: port, keeper };
  }

  const accepted = /^1 OK /m;
  const rejected = '1 NO [AUTHENTICATIONFAILED] Authentication failed.\r\n';
  const temporary = /^1 NO \[UNAVAILABLE\] Temporary authentication failure\./;

  test('accepts the password of the directory, and opens the mailbox of the stored name', async () => {
    expect(await logIn(imap, 'anna', 'right one')).toMatch(/^1 OK [^]*^\* LIST .* INBOX\r\n[^]*^3 OK /m);
    expect(await logIn(imap, 'ANNA', 'right one')).toMatch(accepted);
    expect(readdirSync(join(workplace.folder, 'mail'))).toEqual(['anna']);
  });

  test('passes every character of a password on', async () => {
    expect(await logIn(imap, 'bert@example.com', special)).toMatch(accepted);
    expect(directory.requests.at(-1)?.form.get('password')).toBe(special);
    expect(await logIn(imap, 'bert@example.com', special.trim())).toBe(rejected);
  });

  test('rejects a wrong password and an unknown user alike', async () => {
    expect(await logIn(imap, 'anna', 'wrong')).toBe(rejected);
    expect(await logIn(imap, 'anna', '')).toBe(rejected);
    expect(await logIn(imap, 'carl', 'right one')).toBe(rejected);
  });

  test('takes no other answer than an explicit true for one', async () => {
    directory.answers((_, response) => response.end('{"authenticated":"true"}'));
    expect(await logIn(imap, 'anna', 'right one')).toBe(rejected);
  });

  test('lets nobody in while the directory cannot be asked, and says that it will pass', async () => {
    directory.answers((_, response) => response.writeHead(500).end('{"authenticated":true}'));
    expect(await logIn(imap, 'anna', 'right one')).toMatch(temporary);
    directory.answers((_, response) => response.destroy());
    expect(await logIn(imap, 'anna', 'right one')).toMatch(temporary);
    answerProperly();
    expect(await logIn(imap, 'anna', 'right one')).toMatch(accepted);
  });

  test('keeps passwords out of its log', () => {
    expect(log()).toContain('checkpassword-reply');
    for (const password of Object.values(passwords)) expect(log()).not.toContain(password);
  });
});
