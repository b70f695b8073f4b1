import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchListing } from '../../../src/directory/application-integration/fetch-listing.ts';
import type { HttpSettings } from '../../../src/directory/http/settings.ts';
import { readListing } from '../../../src/directory/listing/arrived.ts';
import { answer, framings, RawServer, type Encoding } from '../../servers/raw.ts';
import { directorySettings } from '../../support/run.ts';

let server: RawServer;
beforeAll(async () => {
  server = await RawServer.start();
});
afterAll(() => server.stop());

const people = [
  { userName: 'zoë', fullName: 'Zoë "Z" O’Hara', emailAddresses: ['zoe@example.com', 'z@example.com'] },
  { userName: 'bert', distinguishedName: 'UID=bert,DC=example,DC=com' },
];
const listing = JSON.stringify(people);

/** The names that arrive, or the words of the error. */
async function receive(settings: Partial<HttpSettings> = {}): Promise<string[] | string> {
  const entries: unknown[] = [];
  try {
    const never = new AbortController().signal;
    const fetched = await fetchListing({ ...directorySettings(server.url), ...settings }, never);
    try {
      for await (const group of readListing(fetched)) entries.push(...group);
    } finally {
      await fetched.body.close();
    }
    return entries.map((entry) => (entry as { userName: string }).userName);
  } catch (error) {
    expect(error).toMatchObject({ name: 'RollcallError', outcome: 'failed' });
    return (error as Error).message.replaceAll(server.url, 'URL');
  }
}

const encodings: Encoding[] = ['identity', 'gzip', 'deflate', 'br'];

describe.each(encodings)('a listing with encoding %s', (encoding) => {
  describe.each(framings)('framed by %s', (framing) => {
    test('arrives whole', async () => {
      server.sends(answer(listing, encoding, framing));
      expect(await receive()).toEqual(['zoë', 'bert']);
    });

    test('is an error when it is cut, wherever that is', async () => {
      const whole = answer(listing, encoding, framing);
      for (let length = 0; length < whole.length; length++) {
        server.sends(whole.subarray(0, length));
        expect(typeof (await receive()), `after ${length} of ${whole.length} bytes`).toBe('string');
      }
    });
  });
});

const ok = (body: string, type = 'application/json', more = '') =>
  `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
const notWhole = (why: string, start: string) =>
  `URL did not answer with a complete JSON array: ${why}; the answer begins with ${start}`;

const people1 = '[{"userName":"anna"}]';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const compressed = (body: Buffer, encoding: string) =>
  ok(body.toString('latin1'), 'application/json', `Content-Encoding: ${encoding}\r\n`).replace(
    /Length: \d+/,
    `Length: ${body.length}`,
  );
const damage = (bytes: Buffer, at: number) => {
  bytes.writeUInt8(bytes.readUInt8(bytes.length + at) ^ 1, bytes.length + at);
  return bytes;
};

describe('answers that are no listing', () => {
  test.each<[string, string]>([
    [
      ok(''),
      'URL did not answer with a complete JSON array: it ends before the array is complete; the answer is empty',
    ],
    [ok('null'), notWhole('it is not an array', '"null"')],
    [ok('{"users":[]}'), notWhole('it is not an array', '"{\\"users\\":[]}"')],
    [ok('<html><title>Log in</title>'), notWhole('it is not an array', '"<html><title>Log in</title>"')],
    [ok('<br />\n<b>Notice</b>: x\n[]'), notWhole('it is not an array', '"<br />\\n<b>Notice</b>: x\\n[]"')],
    [
      ok('[{"userName":"a"}]]'),
      notWhole('there is something after the array', '"[{\\"userName\\":\\"a\\"}]]"'),
    ],
    [
      ok('{"userName":"a"}\n{"userName":"b"}'),
      notWhole('it is not an array', '"{\\"userName\\":\\"a\\"}\\n{\\"userName\\":\\"b\\"}"'),
    ],
    ['HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n[]', 'URL answered 201; it must answer 200'],
    ['HTTP/1.1 204 No Content\r\n\r\n', 'URL answered 204; it must answer 200'],
    ['HTTP/1.1 206 Partial\r\nContent-Length: 2\r\n\r\n[]', 'URL answered 206; it must answer 200'],
    ['HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n', 'URL answered 401; check directory.authentication'],
    ['HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n', 'URL answered 503; it must answer 200'],
    ...[301, 302, 303, 307, 308].map((status): [string, string] => [
      `HTTP/1.1 ${status} Moved\r\nLocation: http://evil.example/\r\nContent-Length: 2\r\n\r\n[]`,
      `URL answered ${status}, a redirect to http://evil.example/; redirects are not followed: set directory.url to the final address`,
    ]),
    [ok('[]', 'application/json; charset=klingon'), 'URL declares an unknown charset: klingon'],
    [
      ok('[]', 'application/json', 'Content-Encoding: zip\r\n'),
      'URL used an encoding that was not requested: zip',
    ],
    [ok('[]', 'application/json', 'Content-Encoding: gzip\r\n'), 'URL: the compressed answer is damaged'],
    [
      ok(people1).replace(/Length: \d+/, 'Length: 10'),
      notWhole('it ends before the array is complete', '"[{\\"userNam"'),
    ],
    [
      ok(people1).replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\n'),
      'URL: the answer contradicts itself about its length',
    ],
    [
      ok(people1).replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n'),
      'URL: the answer contradicts itself about its length',
    ],
    [`${chunked}zz\r\n${people1}`, 'URL: the connection was cut before the answer was complete'],
    [`${chunked}5\r\n${people1}`, 'URL: the connection was cut before the answer was complete'],
    [
      ok('[]', 'application/json', `X-Big: ${'x'.repeat(65_536)}\r\n`),
      'URL: the header of the answer is too large',
    ],
    [compressed(damage(gzipSync(people1), -6), 'gzip'), 'URL: the compressed answer is damaged'],
    [compressed(damage(gzipSync(people1), -2), 'gzip'), 'URL: the compressed answer is damaged'],
    [compressed(gzipSync(people1), 'br'), 'URL: the compressed answer is damaged'],
    [compressed(gzipSync(people1), 'deflate'), 'URL: the compressed answer is damaged'],
    [compressed(gzipSync(people1), 'gzip, gzip'), 'URL used an encoding that was not requested: gzip, gzip'],
    [
      compressed(Buffer.concat([gzipSync(people1), gzipSync(people1)]), 'gzip'),
      notWhole(
        'there is something after the array',
        '"[{\\"userName\\":\\"anna\\"}][{\\"userName\\":\\"anna\\""',
      ),
    ],
  ])('%j', async (bytes, message) => {
    server.sends(Buffer.from(bytes, 'latin1'));
    expect(await receive()).toBe(message);
  });

  test('garbage in place of HTTP, a reset, silence, a stall, a drip', async () => {
    server.sends('SSH-2.0-OpenSSH_9.2\r\n');
    expect(await receive()).toMatch(/^URL: /);
    server.does((socket) => socket.resetAndDestroy());
    expect(await receive()).toBe('URL: the connection was cut before the answer was complete');
    const quick = { timeouts: { connect: 1_000, idle: 200, total: 700 } };
    server.does(() => undefined);
    expect(await receive(quick)).toBe('URL: nothing was received for 0.2 s (timeouts.idle)');
    server.does((socket) => socket.write(ok(listing).slice(0, -5)));
    expect(await receive(quick)).toBe('URL: nothing was received for 0.2 s (timeouts.idle)');
    server.does((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n');
      const drip = setInterval(() => socket.write('1\r\n \r\n'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    expect(await receive(quick)).toBe('URL: no complete answer within 0.7 s (timeouts.total)');
    server.does((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('X-A: b\r\n'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    expect(await receive(quick)).toMatch(/^URL: /);
  });

  test('no handshake, when TLS is spoken to somebody who only listens', async () => {
    server.does(() => undefined);
    const url = server.url.replace('http:', 'https:');
    const timeouts = { connect: 200, idle: 2_000, total: 3_000 };
    expect(await receive({ url, timeouts })).toMatch(/: no connection within 0\.2 s \(ECONNTIMEOUT\)$/);
  });

  test('a redirect is told without the query, in which the key of the request may stand', async () => {
    const url = `${server.url}?key=canary`;
    for (const to of ['http://u:canary@other.example/x?key=canary', '/x?key=canary', '//[canary', url]) {
      server.sends(`HTTP/1.1 301 Moved\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`);
      expect(await receive({ url })).toMatch(/^URL answered 301, a redirect to (?!.*canary)/);
    }
  });

  test('more than the configured size, also when it is compressed', async () => {
    for (const encoding of encodings) {
      server.sends(answer(`[${' '.repeat(100_000)}]`, encoding, 'length'));
      expect(await receive({ maxSize: 50_000 })).toBe(
        'URL sent more than 50,000 bytes; raise directory.maxSize if the directory is that large',
      );
    }
  });
});

describe('texts', () => {
  const send = (type: string, body: Buffer) =>
    server.sends(
      Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`),
        body,
      ]),
    );

  test('are read in the charset that is declared, with a byte order mark or without', async () => {
    send('text/json; charset=utf8', Buffer.from(`\ufeff${listing}`));
    expect(await receive()).toEqual(['zoë', 'bert']);
    send('text/html; charset="ISO-8859-1"', Buffer.from('[{"userName":"zo\xeb"}]', 'latin1'));
    expect(await receive()).toEqual(['zoë']);
    send('application/json; charset=utf-16le', Buffer.from('\ufeff[{"userName":"zoë"}]', 'utf16le'));
    expect(await receive()).toEqual(['zoë']);
  });

  test('that are not what is declared are an error, never a wrong name', async () => {
    send('application/json', Buffer.from('[{"userName":"zo\xeb"}]', 'latin1'));
    expect(await receive()).toBe(
      'URL answered with bytes that are not utf-8; it must declare its charset (Content-Type: application/json; charset=…)',
    );
    send('application/json', Buffer.from('[{"userName":"zoë"}]', 'utf16le'));
    expect(await receive()).toMatch(/^URL answered/);
    for (const charset of ['ISO-8859-1', 'windows-1252', 'iso-8859-15', 'koi8-r']) {
      send(`application/json; charset=${charset}`, Buffer.from('[{"userName":"zoë"}]'));
      expect(await receive()).toBe(
        `URL declares ${charset}, but its bytes are UTF-8; it must declare its charset (Content-Type: application/json; charset=utf-8)`,
      );
      send(`application/json; charset=${charset}`, Buffer.from('[{"userName":"zoe"}]'));
      expect(await receive()).toEqual(['zoe']);
      // One mistake in the directory does not make it ISO-8859-1.
      const mixed = Buffer.concat([Buffer.from('["ä","ö","'), Buffer.from([0xf6]), Buffer.from('"]')]);
      send(`application/json; charset=${charset}`, mixed);
      expect(await receive()).toMatch(/but its bytes are UTF-8/);
    }
    // A character that looks like one of UTF-8.
    send('application/json; charset=gbk', Buffer.from('[{"userName":"\xc3\xa9"}]', 'latin1'));
    expect(await receive()).toEqual(['茅']);
    send('application/json; charset=gbk', Buffer.from(JSON.stringify(Array(20).fill('é'))));
    expect(await receive()).toMatch(/but its bytes are UTF-8/);
  });
});

describe('answers that are listings all the same', () => {
  test.each<[string, string]>([
    ['after 100 Continue', `HTTP/1.1 100 Continue\r\n\r\n${ok(people1)}`],
    [
      'in two members of gzip',
      compressed(Buffer.concat([gzipSync('[{"userName"'), gzipSync(':"anna"}]')]), 'gzip'),
    ],
    ['with a member twice, of which the last counts', ok('[{"userName":"x","userName":"anna"}]')],
    [
      'nested deeply where nobody looks',
      ok(`[{"userName":"anna","x":${'['.repeat(5_000)}${']'.repeat(5_000)}}]`),
    ],
    [
      'with numbers that JavaScript cannot hold',
      ok('[{"userName":"anna","a":1e400,"b":12345678901234567890}]'),
    ],
  ])('%s', async (_, bytes) => {
    server.sends(Buffer.from(bytes, 'latin1'));
    expect(await receive()).toEqual(['anna']);
  });

  test('through a proxy, which is used when it is configured', async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(people1);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    expect(await receive({ url: 'http://directory.invalid/users', proxy: url })).toEqual(['anna']);
    expect(asked).toEqual(['http://directory.invalid/users']);
    proxy.close();
  });
});

test('what may pass is tried again, what will not is not', async () => {
  let requests = 0;
  const failing = (times: number, bytes: string) =>
    server.does((socket) => {
      requests += 1;
      socket.end(requests <= times ? bytes : ok(listing));
    });
  failing(1, 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n');
  expect(await receive({ retries: 1 })).toEqual(['zoë', 'bert']);
  expect(requests).toBe(2);
  requests = 0;
  failing(1, 'HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n');
  expect(await receive({ retries: 3 })).toMatch(/401/);
  expect(requests).toBe(1);
});
