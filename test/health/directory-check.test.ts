import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/core/finding.ts';
import { protocolMembers, type Members } from '../../src/core/members.ts';
import type { ServerSettings } from '../../src/directory/application-integration/password.ts';
import { checkDirectory } from '../../src/health/directory-check/check-directory.ts';
import { directoryChecks } from '../../src/health/directory-check/graded.ts';
import { table } from '../docs/markdown.ts';
import { Directory } from '../servers/directory.ts';
import { badDirectories } from './bad-directories.ts';
import { login, people, sendJson, settingsFor, startDirectory } from './good-directory.ts';

const never = new AbortController().signal;

async function findingsOf(
  url: string,
  more: Partial<ServerSettings> = {},
  signal = never,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of checkDirectory(settingsFor(url, more), protocolMembers, login, signal))
    findings.push(finding);
  return findings;
}

/** Every check has one finding, in order; none has a secret or what a terminal acts on. */
function expectSound(findings: Finding[]): void {
  expect(findings.map(({ check }) => check)).toEqual(directoryChecks);
  for (const { grade, message, hint } of findings) {
    expect(`${message}${hint ?? ''}`).not.toMatch(/canary|[\u0000-\u001f\u007f-\u009f\u202e]/);
    if (grade !== 'skipped') expect(hint === null, message).toBe(grade === 'ok');
  }
}

const remarkable = (findings: Finding[]) =>
  findings
    .filter(({ grade }) => grade === 'warning' || grade === 'failed')
    .map(({ check, grade, message }) => `${check} ${grade}: ${message}`);

test('a good directory gets no finding but ok, with few requests, one after another', async () => {
  let [open, most] = [0, 0];
  const directory = await startDirectory(async (_, response) => {
    most = Math.max(most, (open += 1));
    response.on('close', () => (open -= 1));
    await sleep(5);
  });
  const findings = await findingsOf(directory.url);
  expect(findings.filter(({ grade }) => grade !== 'ok')).toEqual([]);
  expectSound(findings);
  expect(most).toBe(1);
  expect(directory.requests.length).toBeLessThan(20);
  const asked = directory.requests.filter(({ form }) => form.get('userName') === login.userName);
  const words = asked.map(({ form }) => form.get('password'));
  expect(words).toEqual([login.password, expect.stringMatching(/^wrong-/), '']);
  await directory.stop();
});

describe.concurrent('a bad directory gets its finding, and no other', () => {
  test.each(badDirectories)('%s', async (_, conduct, expected, settings) => {
    const directory = await startDirectory(conduct);
    try {
      const findings = await findingsOf(directory.url, settings);
      expectSound(findings);
      expect(remarkable(findings)).toEqual(expected.map((each) => expect.stringMatching(each) as string));
    } finally {
      await directory.stop();
    }
  });
});

test('there is a bad directory for every check that needs no network', () => {
  const named = new Set(
    badDirectories.flatMap(([, , expected]) => expected.map(({ source }) => /\w+/.exec(source)?.[0])),
  );
  expect(directoryChecks.filter((check) => !named.has(check))).toEqual(['encryption']);
});

test('a server that is not there, and one with another certificate, have one failure', async () => {
  const findings = await findingsOf('http://127.0.0.1:1/');
  expectSound(findings);
  expect(remarkable(findings)).toEqual([expect.stringMatching(/^answer failed: the connection was refused/)]);
  const remote = await findingsOf('http://directory.invalid/', {
    timeouts: { connect: 900, idle: 900, total: 900 },
  });
  expect(remarkable(remote)).toEqual([
    expect.stringMatching(/^encryption warning/),
    expect.stringMatching(/^answer failed/),
  ]);
});

test('without a service password and without a login, the checks of them are skipped', async () => {
  const directory = await startDirectory(({ method, form }, response) => {
    if (method === 'POST' && form.get('cmd') === 'list') sendJson(response, people);
    else sendJson(response, {}, 400);
  });
  const findings: Finding[] = [];
  const settings = settingsFor(directory.url, { authentication: null });
  for await (const finding of checkDirectory(settings, protocolMembers, null, never)) findings.push(finding);
  expectSound(findings);
  const skipped = findings.filter(({ grade }) => grade === 'skipped').map(({ check }) => check);
  expect(skipped).toEqual([
    ...['wrongServicePassword', 'noServicePassword'],
    ...directoryChecks.slice(directoryChecks.indexOf('goodPassword')),
  ]);
  expect(remarkable(findings)).toEqual([]);
  await directory.stop();
});

test('an interruption ends it at once, wherever it is', async () => {
  for (const at of ['list', 'auth', 'rollcall-check']) {
    const abort = new AbortController();
    const directory = await startDirectory(({ form }) => {
      if (form.get('cmd') !== at) return undefined;
      abort.abort(new Error('interrupted'));
      return new Promise(() => undefined);
    });
    await expect(findingsOf(directory.url, {}, abort.signal), at).rejects.toThrow('interrupted');
    await directory.stop();
  }
});

test('a directory that has a token, other members and parameters of its own is checked with them', async () => {
  const names = { ...protocolMembers.names, userName: 'login', emailAddresses: 'mail' };
  const entries = people.map(({ userName, emailAddresses, ...one }) => ({
    ...one,
    login: userName,
    mail: emailAddresses[0],
  }));
  const directory = await Directory.start();
  directory.answers(({ headers, form, method, url }, response) => {
    expect(`${headers['x-tenant']?.toString() ?? ''} ${url}`).not.toMatch(/canary-key/);
    if (method !== 'POST') sendJson(response, {}, 405);
    else if (headers.authorization !== 'Bearer canary-token') sendJson(response, {}, 401);
    else if (form.get('key') !== 'canary-key') sendJson(response, {}, 500);
    else
      sendJson(response, form.get('cmd') === 'list' ? entries : {}, form.get('cmd') === 'list' ? 200 : 400);
  });
  const settings = settingsFor(directory.url, {
    authentication: { token: 'canary-token' },
    parameters: { key: 'canary-key' },
  });
  const findingsWith = async (members: Members) => {
    const findings: Finding[] = [];
    for await (const finding of checkDirectory(settings, members, null, never)) findings.push(finding);
    expectSound(findings);
    return remarkable(findings);
  };
  expect(await findingsWith({ names, isOneAddressString: true })).toEqual([]);
  const tokens = new Set(directory.requests.map(({ headers }) => headers.authorization));
  expect([...tokens]).toEqual([
    'Bearer canary-token',
    expect.stringMatching(/^Bearer [0-9a-f]{24}$/),
    undefined,
  ]);
  const wrong = { names: { ...names, fullName: 'cn' }, isOneAddressString: true };
  expect(await findingsWith(wrong)).toEqual([expect.stringMatching(/^fullNames failed: no entry has cn/)]);
  await directory.stop();
});

test('the protocol explains every check', () => {
  const told = table('docs/protocol.md', 'check').map(([cell = '']) => cell.replaceAll('`', ''));
  expect(told).toEqual(directoryChecks);
});
