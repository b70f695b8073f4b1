import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { DirectorySettings } from '../../src/directory/open-directory.ts';
import { expiryFinding } from '../../src/health/doctor/certificate-expiry.ts';
import { directoryAnswer } from '../../src/health/doctor/directory-answer.ts';
import { connectionFindings } from '../../src/health/doctor/directory-server.ts';
import { tryAddresses } from '../../src/health/doctor/host-addresses.ts';
import { Patience } from '../../src/health/doctor/patience.ts';
import { Directory } from '../servers/directory.ts';
import { RawServer } from '../servers/raw.ts';
import { directorySettings } from '../support/run.ts';
import { authority, certificate, examined, faultsOf, overTls, silentServer } from './patients.ts';

let folder: string;
const closers: (() => unknown)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The faults of a directory, on a machine where nothing else is wrong; what differs from run to run is left out. */
async function faults(directory: DirectorySettings): Promise<string[]> {
  const findings = await examined(directory, { kind: 'embedded', folder: join(folder, 'store') });
  return faultsOf(findings).map((line) =>
    line.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST').replaceAll(folder, 'FOLDER'),
  );
}

/** A directory with these certificates, or none. */
async function directory(tls?: { key: string; cert: string }): Promise<Directory> {
  const server = await Directory.start(tls);
  closers.push(() => server.stop());
  server.lists([{ userName: 'anna' }]);
  return server;
}

const unreached = [
  'skipped directoryCertificate: the directory cannot be reached',
  'skipped directoryAnswer: the directory cannot be reached',
];

test('nothing is wrong', async () => {
  expect(await faults(directorySettings((await directory()).url))).toEqual([]);
  const server = await directory(certificate('server'));
  expect(await faults(overTls(server.url, authority))).toEqual([]);
  expect(server.requests.map(({ form }) => form.toString())).toEqual(['cmd=list']);
});

test('there is no such host', async () => {
  const [first, ...more] = await faults(directorySettings('http://nowhere.invalid/users'));
  expect(first).toMatch(/^failed directoryName: .*nowhere\.invalid.* → .*directory\.url/);
  expect(more).toEqual(['skipped directoryConnection: the address is unknown', ...unreached]);
});

test('nobody listens, at the directory or at its proxy', async () => {
  const { port } = await silentServer(true);
  const refused = 'failed directoryConnection: HOST: ';
  expect(await faults(directorySettings(`http://127.0.0.1:${port}/`))).toEqual([
    `${refused}the connection was refused → is the directory running there?`,
    ...unreached,
  ]);
  const { url } = await directory();
  expect(await faults({ ...directorySettings(url), proxy: `http://127.0.0.1:${port}` })).toEqual([
    `${refused}the proxy refused the connection → check directory.proxy`,
    ...unreached,
  ]);
});

test('a proxy is asked in place of the directory, whose name nobody else knows', async () => {
  const { url } = await directory();
  const behind = { ...directorySettings('http://nowhere.invalid/users'), proxy: new URL(url).origin };
  expect(await faults(behind)).toEqual([
    expect.stringMatching(/^warning directoryCertificate: none: the connection is not encrypted → use https/),
  ]);
});

test('a directory behind a proxy that only passes on what is encrypted', async () => {
  const { url } = await directory(certificate('server'));
  const proxy = createServer().on('connect', (_, client) => {
    const server = connect(Number(new URL(url).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    server.on('error', () => undefined);
    client.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closers.push(() => proxy.close());
  const through = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  expect(await faults({ ...overTls(url, authority), proxy: through })).toEqual([]);
  expect(await faults({ ...overTls(url, null), proxy: through })).toEqual([
    expect.stringMatching(/^failed directoryAnswer: .* unknown authority → trust it/),
    'skipped directoryCertificate: nothing was seen of it through the proxy',
  ]);
});

test('only some of the addresses answer', async () => {
  const { url } = await directory();
  const patience = new Patience(new AbortController().signal, 10_000);
  const attempts = await tryAddresses(['::1', '127.0.0.1'], Number(new URL(url).port), patience);
  const [finding, ...more] = connectionFindings(attempts, { isProxy: false, key: 'directory.url' });
  expect(more).toEqual([]);
  expect(finding).toMatchObject({
    grade: 'warning',
    hint: expect.stringMatching(/^IPv6 is broken/) as string,
  });
  expect(finding?.message).toMatch(/accepts connections at 127\.0\.0\.1:\d+, but \[::1\]:\d+: /);
});

const noAnswer = 'skipped directoryAnswer: there is no connection to ask through';
const trust = 'trust it with directory.tls.caFile (or tls.ignoreWarnings)';

test.each([
  ['elsewhere', authority, 'the certificate is for another host → check directory.url'],
  ['server', null, `the certificate comes from an unknown authority → ${trust}`],
  ['expired', certificate('expired').cert, 'the certificate has expired → renew or replace it on the server'],
])('the certificate %s', async (name, ca, says) => {
  const { url } = await directory(certificate(name));
  expect(await faults(overTls(url, ca))).toEqual([`failed directoryCertificate: HOST: ${says}`, noAnswer]);
});

test('a certificate that would be refused, or that expires soon, still works', async () => {
  const { url } = await directory(certificate('server'));
  const ignored = await faults(overTls(url, 'ignore'));
  expect(ignored).toHaveLength(1);
  expect(ignored[0]).toMatch(
    /^warning directoryCertificate: the certificate would be refused \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\), and is accepted →/,
  );
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2126-10-25T00:00:00Z') });
  try {
    // The clock is wrong, too, as it is seen from the directory.
    expect((await faults(overTls(url, authority)))[0]).toMatch(
      /^warning directoryCertificate: TLSv1.3, .*, but the certificate of localhost expires on 2126-11-01, in 7 days → renew/,
    );
  } finally {
    vi.useRealTimers();
  }
});

test('a certificate that is accepted although it has expired', async () => {
  const { url } = await directory(certificate('expired'));
  expect(await faults(overTls(url, 'ignore'))).toEqual([
    expect.stringMatching(
      /^warning directoryCertificate: the certificate would be refused \([A-Z_]+\), and is accepted; the certificate of localhost expired on \d{4}-\d\d-\d\d → renew it on the server, and set /,
    ),
  ]);
});

test.each([
  [-1, 'expired on 2026-11-01'],
  [0.5, 'expires on 2026-11-01, in less than a day'],
  [1.5, 'expires on 2026-11-01, in 1 day'],
  [13.5, 'expires on 2026-11-01, in 13 days'],
])('%d days before a certificate expires', (days, says) => {
  const until = Date.parse('2026-11-01T12:00:00Z');
  vi.useFakeTimers({ toFake: ['Date'], now: until - days * 86_400_000 });
  try {
    const { message } = expiryFinding('directoryCertificate', 'TLS', { name: 'localhost', until });
    expect(message).toBe(`TLS, but the certificate of localhost ${says}`);
  } finally {
    vi.useRealTimers();
  }
});

test('http for https, and the reverse', async () => {
  const plain = await directory();
  expect(await faults(directorySettings(plain.url.replace('http:', 'https:')))).toEqual([
    'failed directoryCertificate: HOST: the server does not speak TLS → is it http:// rather than https://?',
    noAnswer,
  ]);
  const secure = await directory(certificate('server'));
  const [first, ...more] = await faults(directorySettings(secure.url.replace('https:', 'http:')));
  expect(first).toMatch(/^failed directoryAnswer: /);
  expect(more).toEqual([]);
});

test('servers that accept and say nothing', async () => {
  const { port, close } = await silentServer();
  closers.push(close);
  const timeouts = { connect: 1_000, idle: 1_000, total: 9_000 };
  expect(await faults({ ...directorySettings(`http://127.0.0.1:${port}/`), timeouts })).toEqual([
    'failed directoryAnswer: http://HOST/: nothing was received for 1 s (timeouts.idle) → see the log of the server',
  ]);
  expect(await faults(directorySettings(`https://127.0.0.1:${port}/`))).toEqual([
    'failed directoryCertificate: no answer within 5 s → check that it is TLS that is spoken there (https in directory.url)',
    noAnswer,
  ]);
});

test.each<[string, string, string]>([
  [
    'HTTP/1.1 401 No',
    '',
    'failed directoryAnswer: http://HOST/ answered 401 → check directory.authentication',
  ],
  [
    'HTTP/1.1 302 Found\r\nLocation: /login?key=secret',
    '',
    'failed directoryAnswer: http://HOST/ answered 302, a redirect to http://HOST/login → redirects are not followed: set directory.url to the final address',
  ],
  [
    'HTTP/1.1 200 OK',
    '<html>\u001b[2J',
    'failed directoryAnswer: http://HOST/ did not answer with a complete JSON array: it is not an array; the answer begins with',
  ],
  [
    'HTTP/1.1 200 OK',
    '[{"userName": "anna"}',
    'failed directoryAnswer: http://HOST/ did not answer with a complete',
  ],
  ['HTTP/1.1 200 OK', '[]', 'warning directoryAnswer: the list is empty (0 entries, 2 bytes, in '],
])('the answer %s %s', async (head, body, says) => {
  const raw = await RawServer.start();
  closers.push(() => raw.stop());
  raw.sends(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const [first, ...more] = await faults(directorySettings(raw.url));
  expect(first).toContain(says);
  expect(first).not.toMatch(/secret|\u001b/);
  expect(more).toEqual([]);
});

test('another clock', async () => {
  const server = await directory();
  server.answers((_, response) => {
    response.setHeader('Date', new Date(Date.now() - 600_000).toUTCString());
    response.end('[{"userName": "anna"}]');
  });
  const [first, ...more] = await faults(directorySettings(server.url));
  expect(first).toMatch(/^warning clock: the directory is 60\d s behind this machine → /);
  expect(more).toEqual([]);
});

test('a directory that is a file', async () => {
  const asked = async (content: string | null) => {
    const file = join(folder, 'people.json');
    rmSync(file, { force: true });
    if (content !== null) writeFileSync(file, content);
    return faults({ file, maxSize: 1_000, loginTimeout: 0 });
  };
  expect(await asked('[{"userName": "anna"}]')).toEqual([]);
  expect(await asked(null)).toEqual([
    'failed directoryFile: FOLDER/people.json cannot be read: it does not exist → directory.file must be a listing in JSON',
  ]);
  expect((await asked('no'))[0]).toMatch(/^failed directoryFile: .* complete JSON array/);
});

test('a pipe that nobody writes to', async () => {
  const file = join(folder, 'pipe.json');
  execFileSync('mkfifo', [file]);
  const patience = new Patience(new AbortController().signal, 10_000);
  const settings = { file, maxSize: 1_000, loginTimeout: 0 };
  const findings = await directoryAnswer(settings, { expiresAt: null, ahead: null }, patience, 500);
  expect(faultsOf(findings)).toEqual([
    `failed directoryFile: nothing could be read of ${file} within 0.5 s → a run would wait, too: if it is a pipe (FIFO), nobody writes to it; name a file that is complete`,
  ]);
  // Somebody who writes, but not to the end.
  const writer = openSync(file, 'r+');
  writeSync(writer, '[{');
  const slow = await directoryAnswer(settings, { expiresAt: null, ahead: null }, patience, 500);
  closeSync(writer);
  expect(faultsOf(slow)).toEqual([
    'warning directoryFile: only 2 bytes arrived within 0.5 s → a run waits for all of it: look at the disk, or at what writes to it',
  ]);
});

test('a file that nobody writes any more', async () => {
  const file = join(folder, 'old.json');
  writeFileSync(file, '[{"userName": "anna"}]');
  const written = (hours: number) => {
    const date = new Date(Date.now() - hours * 3_600_000);
    utimesSync(file, date, date);
    return date.toISOString().slice(0, 10);
  };
  written(47);
  expect(await faults({ file, maxSize: 1_000, loginTimeout: 0 })).toEqual([]);
  const date = written(80);
  expect(await faults({ file, maxSize: 1_000, loginTimeout: 0 })).toEqual([
    `warning directoryFile: FOLDER/old.json was last written 3 days ago, on ${date} → look at the export that writes it: it may have stopped`,
  ]);
});
