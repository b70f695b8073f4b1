import { createServer, type ServerResponse } from 'node:http';
import { connect, createServer as createRawServer, type AddressInfo, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openServer } from '../../../src/directory/application-integration/open-server.ts';
import type { ServerSettings } from '../../../src/directory/application-integration/password.ts';
import { Directory, type SeenRequest } from '../../servers/directory.ts';
import { directorySettings } from '../../support/run.ts';

let server: Directory;
beforeAll(async () => {
  server = await Directory.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.requests.length = 0;
});

const never = new AbortController().signal;
const yes = (request: SeenRequest, response: ServerResponse) =>
  response.end(request.form.get('cmd') === 'list' ? '[{"userName":"anna"}]' : '{"authenticated":true}');

/** The listing and a login, or the words of the error. */
async function ask(more: Partial<ServerSettings>): Promise<SeenRequest[]> {
  const directory = openServer({ ...directorySettings(server.url), ...more });
  server.answers(yes);
  const listing = await directory.fetch(never, {});
  const entries: unknown[] = [];
  for await (const group of listing.entries()) entries.push(...group);
  await listing.close();
  expect(entries).toEqual([{ userName: 'anna' }]);
  expect(await directory.checkPassword('anna', 'p&w', never)).toBe(true);
  expect(server.requests).toHaveLength(2);
  return server.requests;
}

async function failure(more: Partial<ServerSettings>): Promise<string> {
  const directory = openServer({ ...directorySettings(server.url), ...more });
  try {
    const listing = await directory.fetch(never, {});
    try {
      for await (const group of listing.entries()) expect(group).toBeDefined();
    } finally {
      await listing.close();
    }
    return 'arrived';
  } catch (error) {
    expect(error).toMatchObject({ name: 'RollcallError' });
    return (error as Error).message.replaceAll(/https?:\/\/127[^ :]*:\d+\/\w*/g, 'URL');
  }
}

describe('the listing and a login', () => {
  test('have the token', async () => {
    for (const { headers } of await ask({ authentication: { token: 'abc.DEF-1_2~3+4/5==' } }))
      expect(headers.authorization).toBe('Bearer abc.DEF-1_2~3+4/5==');
  });

  test('have the headers, some of which are in place of those of rollcall', async () => {
    const headers = {
      ...{ 'X-Tenant': 'zo\xeb \t&', Cookie: 'a=b; c="d"', accept: 'text/json', 'User-Agent': 'us' },
      ...{ common: '1', post: '2', get: '3', set: '4', has: '5', toJSON: '6', "!#$%&'*+-.^_`|~9": '7' },
    };
    for (const { headers: seen } of await ask({ headers })) {
      const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      expect(seen).toMatchObject(Object.fromEntries(lower));
      expect(seen).toMatchObject({
        'content-type': 'application/x-www-form-urlencoded',
        'accept-encoding': 'gzip, deflate, br',
      });
      expect(seen.authorization).toBeUndefined();
    }
  });

  test('have the parameters, which take the place of none of rollcall', async () => {
    const parameters = { tenant: 'a&cmd=x', 'äö b': '', constructor: 'c', cmd: 'other', password: 'x' };
    const [listing, login] = await ask({ parameters: { ...parameters } });
    const more = { tenant: 'a&cmd=x', 'äö b': '', constructor: 'c' };
    expect(Object.fromEntries(listing?.form ?? [])).toEqual({ ...more, cmd: 'list', password: 'x' });
    expect(Object.fromEntries(login?.form ?? [])).toEqual({
      ...{ ...more, cmd: 'auth', userName: 'anna', password: 'p&w' },
    });
    expect([...(login?.form ?? [])]).toHaveLength(6);
  });
});

test('an answer that repeats the request tells nothing of what was sent', async () => {
  const settings: Partial<ServerSettings> = {
    url: `${server.url}?key=canary%20url`,
    headers: { 'X-Key': 'canary-header' },
    parameters: { key: 'canary parameter&' },
  };
  const authentications = [{ token: 'canary-token' }, { userName: 'u', password: 'canary-password' }];
  for (const authentication of authentications) {
    const echoes: ((request: SeenRequest) => string)[] = [
      ({ form }) => form.toString(),
      ({ form }) => JSON.stringify(Object.fromEntries(form)),
      ({ form }) => String(form.get('key')),
      ({ form }) => encodeURIComponent(String(form.get('key'))),
      ({ url }) => url,
      ({ url }) => decodeURIComponent(url),
      ({ headers }) => String(headers['x-key']),
      ({ headers }) => String(headers.authorization),
      ({ headers }) => Buffer.from(String(headers.authorization).slice(6), 'base64').toString(),
    ];
    for (const echo of echoes) {
      server.answers((request, response) => response.end(echo(request)));
      const message = await failure({ ...settings, authentication });
      expect(message).toContain('it is not an array');
      expect(message).not.toMatch(/canary|dTpjYW5h/);
    }
  }
});

/** A proxy that makes tunnels. */
async function startProxy(): Promise<{ url: string; asked: string[]; stop: () => void }> {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket: Socket) => {
    asked.push(
      `${request.url ?? ''} ${request.headers.authorization ?? ''}${String(request.headers['x-key'] ?? '')}`,
    );
    const [host = '', port] = (request.url ?? '').split(':');
    const there = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    stop: () => proxy.close(),
  };
}

describe('a server that requires a client certificate', () => {
  const folder = resolve(import.meta.dirname, '../../servers/certificates');
  const pem = (name: string) => readFileSync(join(folder, name), 'latin1');
  const ca = pem('authority.crt');
  const client = { cert: pem('client.crt'), key: pem('client.key') };
  const tls = { key: pem('server.key'), cert: pem('server.crt'), ca, requestCert: true };

  let closed: Directory;
  beforeAll(async () => {
    closed = await Directory.start({ ...tls, rejectUnauthorized: true });
    closed.answers(yes);
  });
  afterAll(() => closed.stop());
  const settings = (client: ServerSettings['tls']['client']) => ({
    url: closed.url,
    tls: { ca, client, ignoreWarnings: false },
    authentication: { token: 'canary' },
    headers: { 'X-Key': 'canary' },
  });

  test('gets it, in a listing and in a login', async () => {
    expect(await failure(settings(client))).toBe('arrived');
    const directory = openServer({ ...directorySettings(closed.url), ...settings(client) });
    expect(await directory.checkPassword('anna', 'p', never)).toBe(true);
  });

  test('does not answer without it', async () => {
    // Whichever arrives first.
    expect(await failure(settings(null))).toMatch(
      /^URL: (the server requires a client certificate; set |the connection was cut )/,
    );
  });

  // As a server of OpenSSL says it: 1.2 in the handshake, 1.3 after it.
  test.each([
    [40, 'the server ended the TLS handshake; it may require a client certificate (directory.tls.certFile)'],
    [42, 'the server rejected the client certificate (directory.tls.certFile)'],
    [44, 'the server rejected the client certificate, which was revoked (directory.tls.certFile)'],
    [45, 'the server rejected the client certificate, which has expired (directory.tls.certFile)'],
    [48, 'the server does not trust the authority of the client certificate (directory.tls.certFile)'],
    [70, 'the server does not speak TLS 1.2 or 1.3'],
    [116, 'the server requires a client certificate; set directory.tls.certFile and keyFile'],
  ])('says why in alert %i', async (alert, words) => {
    const raw = createRawServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, alert])));
    });
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(raw.address() as AddressInfo).port}/`;
    expect(await failure({ ...settings(client), url })).toBe(`URL: ${words}`);
    raw.close();
  });

  test('gets it through a proxy, which sees nothing of it', async () => {
    const proxy = await startProxy();
    expect(await failure({ ...settings(client), proxy: proxy.url })).toBe('arrived');
    expect(proxy.asked).toEqual([`${new URL(closed.url).host} `]);
    expect(await failure({ ...settings(null), proxy: proxy.url })).toMatch(/^URL: /);
    proxy.stop();
  });
});
