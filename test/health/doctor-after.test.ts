import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { AfterSettings } from '../../src/after/after-settings.ts';
import { afterFindings } from '../../src/health/doctor/after-steps.ts';
import { Patience } from '../../src/health/doctor/patience.ts';
import { Hook } from '../servers/hook.ts';
import { authority, certificate, faultsOf, nothingAfter, silentServer } from './patients.ts';

const secret = '/T0/canary';
const ofProcess = process.getuid?.() ?? 0;

let folder: string;
const closers: (() => unknown)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const found = (after: Partial<AfterSettings>, uid = ofProcess) =>
  afterFindings(
    { ...nothingAfter, ...after },
    { node: '20.6.0', untested: null, uid },
    new Patience(new AbortController().signal, 50_000),
  );

/** What differs from run to run is left out. */
const faults = async (after: Partial<AfterSettings>, uid?: number) =>
  faultsOf(await found(after, uid)).map((line) =>
    line.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST').replaceAll(folder, 'FOLDER'),
  );

const metrics = (file: string) => ({ metrics: { file: join(folder, file) } });
const webhook = (url: string) => ({ webhook: { url: url + secret, on: [], headers: {}, timeout: 1_000 } });
const ping = (success: string | null, failure: string | null) => ({
  ping: { success, failure, timeout: 1_000 },
});

async function hook(tls?: { key: string; cert: string }): Promise<Hook> {
  const server = await Hook.start(tls);
  closers.push(() => server.stop());
  return server;
}

/** A proxy, and what it was asked to connect to. */
async function startProxy(status = 200): Promise<{ url: string; asked: (string | undefined)[] }> {
  const asked: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url);
    response.end();
  }).on('connect', ({ url }, client) => {
    asked.push(url);
    client.on('error', () => undefined);
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const server = connect(Number(url?.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    server.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closers.push(() => proxy.close());
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked };
}

test('what is not configured is not mentioned', async () => {
  expect(await found({})).toEqual([]);
});

test('all is well, and nobody is told anything', async () => {
  const [plain, secure] = [await hook(), await hook(certificate('server'))];
  const findings = await found({
    ...{ ...metrics('rollcall.prom'), ...webhook(secure.url) },
    ...ping(`${plain.url}${secret}`, `${plain.url}${secret}/fail`),
    connection: { ca: authority, proxy: null },
  });
  expect(faultsOf(findings)).toEqual([]);
  expect(findings.map(({ check, message }) => `${check}: ${message}`)).toEqual([
    `afterMetrics: ${folder}/rollcall.prom will be made by the first run`,
    expect.stringMatching(
      /^afterWebhook: 127\.0\.0\.1:\d+ accepts connections \(TLSv1\.3, the certificate was verified, valid until \S+\); no request was sent$/,
    ),
    expect.stringMatching(/^afterPing: 127\.0\.0\.1:\d+ accepts connections; no request was sent$/),
  ]);
  expect([...plain.heard, ...secure.heard]).toEqual([]);
});

test('each host has its own finding, which keeps the path a secret', async () => {
  const { port } = await silentServer(true);
  const dead = `http://127.0.0.1:${port}`;
  const advice = 'the firewall, and the network between';
  const refused = `HOST: the connection was refused → check`;
  expect(
    await faults({ ...webhook(dead), ...ping(dead + secret, `http://nowhere.invalid${secret}`) }),
  ).toEqual([
    `failed afterWebhook: ${refused} after.webhook, ${advice}`,
    `failed afterPing: ${refused} after.ping, ${advice}`,
    expect.stringMatching(/^failed afterPing: .*nowhere\.invalid.* → .*after\.ping/),
  ]);
});

test.each([
  ['server', null, 'the certificate comes from an unknown authority → trust it with after.tls.caFile'],
  ['elsewhere', authority, /the certificate is for another host → check after\.webhook, /],
  ['expired', certificate('expired').cert, 'the certificate has expired → renew or replace it on the server'],
])('the certificate %s', async (name, ca, says) => {
  const { url, heard } = await hook(certificate(name));
  const [fault, ...more] = await faults({ ...webhook(url), connection: { ca, proxy: null } });
  expect(fault).toMatch(says);
  expect(fault).toMatch(/^failed afterWebhook: HOST: /);
  expect([more, heard]).toEqual([[], []]);
});

test('no TLS where it is expected, and nobody who answers', async () => {
  const { url } = await hook();
  const silent = await silentServer();
  closers.push(silent.close);
  expect(
    await faults({
      ...webhook(url.replace('http:', 'https:')),
      ...ping(`https://127.0.0.1:${silent.port}${secret}`, null),
    }),
  ).toEqual([
    expect.stringMatching(/^failed afterWebhook: HOST: the server does not speak TLS → check after\.webhook/),
    expect.stringMatching(/^failed afterPing: HOST: no answer within 5 s → check after\.ping/),
  ]);
});

test('through a proxy, which knows names that nobody else knows', async () => {
  const secure = await hook(certificate('server'));
  const proxy = await startProxy();
  const through = { ca: authority, proxy: proxy.url };
  const findings = await found({
    ...webhook(secure.url),
    ...ping(`http://nowhere.invalid${secret}`, null),
    connection: through,
  });
  expect(findings.map(({ grade, message }) => `${grade}: ${message}`)).toEqual([
    expect.stringMatching(/^ok: \S+ accepts connections through the proxy \S+ \(TLSv1\.3, .*\); no request/),
    expect.stringMatching(
      /^ok: the proxy \S+ accepts connections, and is not asked for nowhere\.invalid; no/,
    ),
  ]);
  expect([proxy.asked, secure.heard]).toEqual([[new URL(secure.url).host], []]);

  const untrusted = await faults({ ...webhook(secure.url), connection: { ...through, ca: null } });
  expect(untrusted).toEqual([
    'failed afterWebhook: HOST through HOST: the certificate comes from an unknown authority → trust it with after.tls.caFile',
  ]);
});

test('a proxy that refuses, or is not there', async () => {
  const secure = await hook(certificate('server'));
  const faultBehind = (proxy: string) => faults({ ...webhook(secure.url), connection: { ca: null, proxy } });
  expect(await faultBehind((await startProxy(403)).url)).toEqual([
    expect.stringMatching(
      /^failed afterWebhook: HOST through HOST: the proxy answered 403 → check after\.proxy/,
    ),
  ]);
  const { port } = await silentServer(true);
  expect(await faultBehind(`http://127.0.0.1:${port}`)).toEqual([
    expect.stringMatching(/^failed afterWebhook: .*: the proxy refused the connection → check after\.proxy/),
  ]);
});

test('the file of the metrics', async () => {
  const other = 'set after.metrics.file to another file';
  const create = `create that folder, let this user write to it, or ${other}`;
  const remove = `remove it, or ${other}`;
  writeFileSync(join(folder, 'file.prom'), '');
  symlinkSync('file.prom', join(folder, 'link.prom'));
  mkdirSync(join(folder, 'folder.prom'));
  execFileSync('mkfifo', [join(folder, 'pipe.prom')]);
  expect(await faults(metrics('file.prom'))).toEqual([]);
  expect((await found(metrics('file.prom')))[0]?.message).toBe(`${folder}/file.prom can be replaced`);
  const all = ['no/x.prom', 'file.prom/x.prom', 'link.prom', 'folder.prom', 'pipe.prom'];
  expect((await Promise.all(all.map((file) => faults(metrics(file))))).flat()).toEqual([
    `failed afterMetrics: no file can be written in FOLDER/no: it does not exist → ${create}`,
    `failed afterMetrics: FOLDER/file.prom is not a folder → ${other}`,
    `failed afterMetrics: FOLDER/link.prom is a link, which a run would replace → ${remove}`,
    `failed afterMetrics: FOLDER/folder.prom is a folder → ${remove}`,
    `failed afterMetrics: FOLDER/pipe.prom is a pipe → ${remove}`,
  ]);
});

test.runIf(ofProcess === 0)('a file of somebody else, in a folder where that matters', async () => {
  const shared = join(folder, 'shared');
  mkdirSync(shared);
  writeFileSync(join(shared, 'theirs.prom'), '');
  chownSync(join(shared, 'theirs.prom'), 4711, 4711);
  expect(await faults(metrics('shared/theirs.prom'), 1_000)).toEqual([]);
  chmodSync(shared, 0o1777);
  expect(await faults(metrics('shared/theirs.prom'), 1_000)).toEqual([
    expect.stringMatching(
      /^failed afterMetrics: FOLDER\/shared\/theirs\.prom belongs to another user \(uid 4711\)/,
    ),
  ]);
});

test.runIf(ofProcess !== 0)('a folder that cannot be written', async () => {
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o500 });
  expect(await faults(metrics('closed/x.prom'))).toEqual([
    expect.stringMatching(/^failed afterMetrics: no file can be written in FOLDER\/closed: /),
  ]);
});
