import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Directory } from '../servers/directory.ts';
import type { Fault } from './fault.ts';
import { describeEnd } from '../support/launch.ts';
import { Stand } from './stand.ts';

const run = promisify(execFile);

/** Certificates for 127.0.0.1 but for what each is wrong about, made by the openssl of this machine. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`];
  const self = async (name: string, host: string) => {
    const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${host}`];
    await openssl('req', '-x509', ...key(name), '-out', `${name}.crt`, '-days', '9', ...names);
  };
  await self('self', 'IP:127.0.0.1');
  await self('authority', 'DNS:authority');
  await self('stranger', 'DNS:stranger');
  for (const [name, host, days] of [
    ['good', 'IP:127.0.0.1', '9'],
    ['expired', 'IP:127.0.0.1', '-1'],
    ['elsewhere', 'DNS:elsewhere.example', '9'],
  ] as const) {
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${host}\n`);
    await openssl('req', ...key(name), '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const by = [
      '-CA',
      'authority.crt',
      '-CAkey',
      'authority.key',
      '-CAcreateserial',
      '-extfile',
      `${name}.ext`,
    ];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`, '-days', days);
  }
  writeFileSync(join(folder, 'garbage.crt'), 'garbage');
  writeFileSync(join(folder, 'half.crt'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
}

/** Server certificate (or none), tls settings, exit code, what the one line says. */
const cases: [string | null, object, number, RegExp, string?][] = [
  ['self', {}, 1, /self-signed/],
  ['self', {}, 1, /self-signed/, 'NODE_TLS_REJECT_UNAUTHORIZED'],
  ['self', { ignoreWarnings: true }, 0, /ignoreWarnings is on/],
  ['self', { caFile: 'self.crt' }, 0, /^$/],
  ['good', {}, 1, /authority|unknown/],
  ['good', {}, 1, /authority|unknown/, 'NODE_TLS_REJECT_UNAUTHORIZED'],
  ['good', { caFile: 'authority.crt' }, 0, /^$/],
  ['good', { caFile: 'stranger.crt' }, 1, /authority|unknown/],
  ['good', { caFile: 'garbage.crt' }, 78, /contains no PEM certificate/],
  ['good', { caFile: 'half.crt' }, 78, /certificate/],
  ['good', { caFile: 'missing.crt' }, 78, /cannot read /],
  ['good', { caFile: '.' }, 78, /cannot read /],
  ['expired', { caFile: 'authority.crt' }, 1, /has expired/],
  ['expired', { caFile: 'authority.crt' }, 1, /has expired/, 'NODE_TLS_REJECT_UNAUTHORIZED'],
  ['elsewhere', { caFile: 'authority.crt' }, 1, /for another host/],
  ['elsewhere', { caFile: 'authority.crt' }, 1, /for another host/, 'NODE_TLS_REJECT_UNAUTHORIZED'],
  [null, {}, 1, /does not speak TLS/],
];

export const tls: Fault = {
  promise: 'TLS is verified unless the configuration says otherwise',
  figure:
    'certificates that are self-signed, private, expired, for others, unreadable; http for https and the reverse',
  run: async ({ postgres }) => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-tls-'));
    const violations: string[] = [];
    try {
      await makeCertificates(folder);
    } catch (error) {
      rmSync(folder, { recursive: true });
      return {
        done: 0,
        violations,
        skipped: `no certificates could be made with openssl (${String(error).slice(0, 200)})`,
      };
    }
    const stand = await Stand.open('postgres', postgres.url);
    let done = 0;
    const attempt = async (
      name: string,
      url: string,
      settings: object,
      code: number,
      says: RegExp,
      variable?: string,
    ) => {
      stand.configure({ directory: { url, retries: 0, tls: settings, timeouts: { idle: '5s' } } });
      done += 1;
      const env = variable === undefined ? {} : { [variable]: '0' };
      const ended = await stand.launch('sync test', { env, deadline: 30_000 }).ended;
      const { stderr } = ended;
      const right = ended.code === code && says.test(stderr) && (code === 0 || /^[^\n]+\n$/.test(stderr));
      if (!right || /a bug in/.test(stderr)) violations.push(`${name}: ${describeEnd(ended)}`);
    };
    for (const [name, settings, code, says, variable] of cases) {
      const read = (file: string) => readFileSync(join(folder, file), 'utf8');
      const directory = await Directory.start(
        name === null ? undefined : { key: read(`${name}.key`), cert: read(`${name}.crt`) },
      );
      directory.lists([{ userName: 'anna' }]);
      const over = (scheme: string) => directory.url.replace(/^\w+/, scheme);
      const { caFile } = settings as { caFile?: string };
      const there = caFile === undefined ? settings : { caFile: join(folder, caFile) };
      const what = `${name ?? 'http'} with ${JSON.stringify(settings)} ${variable ?? ''}`;
      await attempt(what, over('https'), there, code, says, variable);
      if (name === 'self' && variable === undefined)
        await attempt(`${what}, asked over http`, over('http'), {}, 1, /127\.0\.0\.1/);
      await directory.stop();
    }
    await stand.close();
    rmSync(folder, { recursive: true });
    return { done, violations };
  },
};
