import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashPassword, verifyPassword } from '../../src/accounts/password-hash.ts';
import { verifyLogin } from '../../src/accounts/verify-login.ts';
import type { Store } from '../../src/database/store.ts';
import { run } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { openDirectory } from '../../src/directory/open-directory.ts';
import { Directory } from '../servers/directory.ts';
import { directorySettings } from '../support/run.ts';
import { put, read } from '../support/state.ts';
import { newStore } from '../support/stores.ts';

const login = {
  command: 'auth',
  userNameParameter: 'userName',
  passwordParameter: 'password',
  answerMember: 'authenticated',
  timeout: 4_000,
};
const never = new AbortController().signal;

describe('kept passwords', () => {
  test('are salted, carry their parameters, and match in any Unicode form', async () => {
    const kept = await hashPassword('pass wörd');
    expect(kept).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(kept).not.toBe(await hashPassword('pass wörd'));
    expect(await verifyPassword('pass wo\u0308rd', kept)).toBe(true);
    expect(await verifyPassword('pass word', kept)).toBe(false);
  });

  test.each([null, '', 'plain', '$scrypt$ln=15,r=8,p=3$$'])('%j matches nothing', async (kept) => {
    expect(await verifyPassword('', kept)).toBe(false);
    expect(await verifyPassword('plain', kept)).toBe(false);
  });
});

describe('a login', () => {
  let store: Store;
  let directory: Directory;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    directory = await Directory.start();
    ({ store, remove } = await newStore('postgres'));
    await put(store, {
      users: {
        Anna: {},
        boss: { privileges: ['admin'] },
        mute: { privileges: ['archive'] },
        left: { gone: true },
        root: { authentication: 'integrated' },
        bare: { authentication: 'integrated' },
      },
    });
    const hash = await hashPassword('by hand');
    await inTransaction(store, 'write', never, async (db) => ({
      commit: true,
      value: await run(db, `update users set password_hash = ? where name_key = 'root'`, [hash]),
    }));
  });
  afterAll(async () => {
    await directory.stop();
    await remove();
  });

  const attempt = (userName: string, password: string, names = login, loginWhileGone = false) =>
    verifyLogin(
      store,
      openDirectory({ ...directorySettings(directory.url), login: names }),
      userName,
      password,
      never,
      { loginWhileGone },
    );
  const says = (body: string, status = 200) =>
    directory.answers((_, response) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(body),
    );

  test('of a directory user is asked of the directory, under the stored name', async () => {
    directory.answers(({ form }, response) => {
      response.end(
        JSON.stringify({
          authenticated: form.get('userName') === 'Anna' && form.get('password') === 'päss&=word',
        }),
      );
    });
    expect(await attempt(' ANNA ', 'päss&=word')).toEqual({ accepted: true, userName: 'Anna' });
    expect(await attempt('boss', 'x')).toMatchObject({
      accepted: false,
      reason: 'the directory rejected the password',
    });
    expect(Object.fromEntries(directory.requests.at(-2)?.form ?? [])).toEqual({
      cmd: 'auth',
      userName: 'Anna',
      password: 'päss&=word',
    });
  });

  test('uses the names that are configured', async () => {
    says('{"ok":true}');
    const names = {
      ...login,
      ...{ command: 'check', userNameParameter: 'u', passwordParameter: 'p', answerMember: 'ok' },
    };
    expect((await attempt('anna', 'x', names)).accepted).toBe(true);
    expect(Object.fromEntries(directory.requests.at(-1)?.form ?? [])).toEqual({
      cmd: 'check',
      u: 'Anna',
      p: 'x',
    });
    expect((await attempt('anna', 'x')).accepted).toBe(false);
  });

  test('of an integrated user is checked here, and the directory never learns of it', async () => {
    says('{"authenticated":true}');
    const asked = directory.requests.length;
    expect((await attempt('root', 'by hand')).accepted).toBe(true);
    expect(await attempt('bare', '')).toMatchObject({ reason: 'the password is empty' });
    expect(await attempt('root', 'wrong')).toMatchObject({ reason: 'the password is wrong' });
    expect(await attempt('bare', 'x')).toMatchObject({ reason: 'the password is wrong' });
    for (const { form } of directory.requests.slice(asked)) {
      expect(form.get('userName')).toMatch(/^rollcall-[-\da-f]{36}$/);
      expect(form.get('password')).toMatch(/^[-\da-f]{36}$/);
    }
  });

  test('is rejected alike for the unknown, the wrong and the unprivileged, in about the same time', async () => {
    says('{"authenticated":true}');
    const asked = directory.requests.length;
    const times: number[] = [];
    for (const [name, reason] of [
      ['nobody', 'there is no such user'],
      ['mute', 'the user lacks the privilege login'],
      ['root', 'the password is wrong'],
      ['left', 'the user is gone from the directory, and options.loginWhileGone is off'],
      ['anna', 'the directory rejected the password'],
    ] as const) {
      if (name === 'anna') says('{"authenticated":false}');
      const began = performance.now();
      expect(await attempt(name, 'guess')).toEqual({ accepted: false, reason });
      times.push(performance.now() - began);
    }
    expect(directory.requests, 'each costs the directory one question').toHaveLength(asked + 5);
    const names = directory.requests.slice(asked).map(({ form }) => form.get('userName'));
    expect(names.slice(0, 4).join(), 'about a name that nobody has').toMatch(
      /^(rollcall-[-\da-f]{36},?){4}$/,
    );
    expect(Math.min(...times)).toBeGreaterThanOrEqual(990);
    expect(await attempt('anna', '')).toEqual({ accepted: false, reason: 'the password is empty' });
    for (const [name, password] of [
      ['anna', '\0x'],
      ['anna\0x', 'x'],
    ] as const) {
      const reason = 'the name or the password contains a NUL';
      expect(await attempt(name, password)).toEqual({ accepted: false, reason });
    }
    expect(directory.requests, 'an empty password is asked of nobody').toHaveLength(asked + 5);
  });

  test('of a user who is gone is asked of the directory, unless that is off', async () => {
    says('{"authenticated":true}');
    expect(await attempt('left', 'x', login, true)).toEqual({ accepted: true, userName: 'left' });
    expect(await attempt('left', 'x')).toMatchObject({ accepted: false });
    expect((await attempt('anna', 'x')).accepted).toBe(true);
  });

  const drip = (response: ServerResponse, drop: () => void) => {
    const timer = setInterval(drop, 100);
    response.on('close', () => clearInterval(timer));
  };
  const troubles: Record<string, Parameters<Directory['answers']>[0]> = {
    fails: (_, response) => response.writeHead(500).end(),
    'cuts the connection': (_, response) => response.destroy(),
    'is silent': () => undefined,
    'drips its header': (_, response) => drip(response, () => response.writeProcessing()),
    'drips its answer': (_, response) => drip(response, () => response.write(' ')),
  };

  test('ends alike for everyone and in time when the directory is in trouble', async () => {
    await Promise.all(
      Object.entries(troubles).map(async ([trouble, answer]) => {
        const troubled = await Directory.start();
        troubled.answers(answer);
        // Those that end by themselves must not reach the deadline while this machine is busy.
        const timeout = /silent|drips/.test(trouble) ? login.timeout : 6_000;
        const settings = openDirectory({
          ...directorySettings(troubled.url),
          login: { ...login, timeout },
          // A drop that is late on a busy machine is no silence.
          ...(/drips/.test(trouble) && { timeouts: { connect: 2_000, idle: 60_000, total: 60_000 } }),
        });
        const ends = ['nobody', 'mute', 'root', 'anna'].map(async (name) => {
          const began = performance.now();
          const error = await verifyLogin(store, settings, name, 'guess', never).catch((e: unknown) => e);
          const seconds = (performance.now() - began) / 1_000;
          expect(seconds, trouble).toBeGreaterThan(0.99);
          expect(seconds, trouble).toBeLessThan(8);
          return String(error);
        });
        const [first, ...others] = await Promise.all(ends);
        expect(first, trouble).toMatch(/^RollcallError: http/);
        expect(others, trouble).toEqual([first, first, first]);
        await troubled.stop();
      }),
    );
  });

  test('can be interrupted while the directory is silent', async () => {
    directory.answers(() => undefined);
    const signal = AbortSignal.timeout(300);
    const settings = openDirectory({ ...directorySettings(directory.url), login });
    await expect(verifyLogin(store, settings, 'anna', 'x', signal)).rejects.toThrow(/timeout/);
  });

  /** What comes of each answer. All are tried at once, because each takes a second; the password chooses one. */
  async function endsOf(answers: readonly (readonly [body: string, status: number])[]) {
    directory.answers(({ form }, response) => {
      const [body, status] = answers[Number(form.get('password')?.replace('canary-7x-', ''))] ?? ['{}', 200];
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
    });
    return Promise.all(
      answers.map((_, i) => attempt('anna', `canary-7x-${i}`).catch((error: unknown) => error)),
    );
  }

  test('is rejected for everything but true', async () => {
    const values = ['"true"', '1', '[true]', '{}', 'null', '{"value":true}', 'false'];
    const ends = await endsOf(values.map((value) => [`{"authenticated":${value}}`, 200] as const));
    const rejected = { accepted: false, reason: 'the directory rejected the password' };
    expect(ends).toEqual(values.map(() => rejected));
    expect(await endsOf([['{"authenticated":true}', 200]])).toEqual([{ accepted: true, userName: 'Anna' }]);
  });

  test('is an error, never a yes, when the directory answers something else', async () => {
    const ends = await endsOf([
      ['[{"authenticated":true}]', 200],
      ['true', 200],
      ['<html>authenticated</html>', 200],
      ['{"authenticated":true', 200],
      ['', 200],
      ['{"authenticated":true}', 500],
      ['{"authenticated":true}', 201],
      ['{"authenticated":true}', 307],
    ]);
    for (const end of ends) {
      expect(end).toMatchObject({
        name: 'RollcallError',
        outcome: 'failed',
        message: expect.not.stringContaining('canary-7x') as string,
      });
    }
  });

  test('sends the password to nobody to whom the directory redirects', async () => {
    const other = await Directory.start();
    directory.answers((_, response) => response.writeHead(307, { Location: other.url }).end());
    await expect(attempt('anna', 'canary-7x')).rejects.toMatchObject({ outcome: 'failed' });
    expect(other.requests).toEqual([]);
    expect(directory.requests.at(-1)?.headers.connection, 'no socket is used twice').toBe('close');
    await other.stop();
  });

  test('changes nothing and creates nobody', async () => {
    says('{"authenticated":true}');
    const before = await read(store);
    await attempt('stranger', 'x');
    await attempt('anna', 'x');
    expect(await read(store)).toEqual(before);
  });
});
