import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onFreePort } from './workspace.ts';

const program = '/usr/sbin/dovecot';

export interface Dovecot {
  /** Where it speaks IMAP. */
  port: number;
  log(): string;
  stop(): Promise<void>;
}

/** What it asks about passwords. */
export interface Rollcall {
  node: string;
  binary: string;
}

/** Why a Dovecot cannot be started here, or null. */
export function obstacleToDovecot({ node, binary }: Rollcall): string | null {
  if (!existsSync(program)) return 'no Dovecot; test/integration/install.sh installs it on Debian';
  if (!existsSync('/usr/lib/dovecot/checkpassword-reply'))
    return 'this Dovecot has no checkpassword (2.4 or newer)';
  if (process.getuid?.() !== 0) return 'Dovecot needs root';
  const { status } = spawnSync(node, [binary, '--version'], { ...userOf('dovecot'), cwd: '/' });
  return status === 0 ? null : `the user dovecot may not run ${binary}`;
}

function userOf(name: string): { uid: number; gid: number } {
  const [, uid, gid] =
    new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

// The end of standard input ends it, however this process ends.
const KEEPER = `
"$0" -F -c "$1" &
while read -r line; do :; done
kill $! && wait $!`;

/**
 * Starts a Dovecot that asks rollcall.
 *
 * @param folder with the configuration `rollcall.yaml`, which it makes readable for Dovecot
 * @param documented what docs/logging-on.md tells to add to its configuration
 */
export async function startDovecot(
  folder: string,
  documented: string,
  { node, binary }: Rollcall,
): Promise<Dovecot> {
  const { uid, gid } = userOf('nobody');
  const config = join(folder, 'dovecot.conf');
  const logFile = join(folder, 'dovecot.log');
  const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const authentication = forPlaces(documented, [
    ['/usr/bin/rollcall', `${node} ${binary}`],
    ['/etc/rollcall/rollcall.yaml', `${folder}/rollcall.yaml`],
    ['uid=vmail gid=vmail home=/var/mail/rollcall/%u', `uid=${uid} gid=${gid} home=${folder}/mail/%u`],
  ]);

  // Dovecot asks under a user of its own, who has to read the configuration; and the mail is nobody's.
  chmodSync(folder, 0o711);
  chmodSync(join(folder, 'rollcall.yaml'), 0o640);
  chownSync(join(folder, 'rollcall.yaml'), 0, userOf('dovecot').gid);
  mkdirSync(join(folder, 'mail'), { recursive: true });
  chownSync(join(folder, 'mail'), uid, gid);

  return onFreePort(async (port) => {
    writeFileSync(config, configuration(folder, port, uid, authentication));
    writeFileSync(logFile, '');
    const stdio: ['pipe', 'ignore', 'pipe'] = ['pipe', 'ignore', 'pipe'];
    const keeper = spawn('/bin/sh', ['-c', KEEPER, program, config], { detached: true, cwd: '/', stdio });
    let complaint = '';
    keeper.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk));
    while (!log().includes('starting up')) {
      if (complaint !== '' || keeper.exitCode !== null || log().includes('Fatal')) {
        keeper.stdin.end();
        throw new Error(complaint + log());
      }
      await sleep(20);
    }
    const stop = async () => {
      keeper.stdin.end();
      await once(keeper, 'exit');
    };
    return { port, log, stop };
  });
}

function forPlaces(documented: string, places: [string, string][]): string {
  return places.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the documented configuration does not name ${from}`);
    return text.replace(from, to);
  }, documented);
}

const configuration = (folder: string, port: number, uid: number, authentication: string) => `
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

  ${authentication}
  `;

/** Everything that an IMAP client is told in answer to one login. */
export async function logIn(port: number, user: string, password: string): Promise<string> {
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
