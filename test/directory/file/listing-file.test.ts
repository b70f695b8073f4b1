import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { openDirectory } from '../../../src/directory/open-directory.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
const file = join(folder, 'people.json');
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const people = Array.from({ length: 3_000 }, (_, i) => ({ userName: `zoë ${i}`, fullName: 'x'.repeat(100) }));
const text = JSON.stringify(people);

/** The entries, or why there are none. */
async function read({ maxSize = 1e9, signal = never, received = () => {} } = {}) {
  const directory = openDirectory({ file, maxSize, loginTimeout: 0 });
  expect(directory.name).toBe(file);
  try {
    const listing = await directory.fetch(signal, { received });
    const entries: unknown[] = [];
    try {
      for await (const group of listing.entries()) entries.push(...group);
    } finally {
      await listing.close();
    }
    return entries;
  } catch (error) {
    return (error as Error).message.replace(file, 'FILE');
  }
}

test('is read as it is, and when it is compressed, in one member or in several', async () => {
  const half = text.length / 2;
  const members = Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))]);
  for (const bytes of [text, `\ufeff${text}`, gzipSync(text), members]) {
    writeFileSync(file, bytes);
    expect(await read()).toEqual(people);
  }
});

test('cut anywhere, it is an error', async () => {
  for (const bytes of [Buffer.from(text), gzipSync(text)]) {
    for (let i = 0; i < 40; i++) {
      writeFileSync(file, bytes.subarray(0, Math.floor((bytes.length * i) / 40)));
      expect(await read()).toMatch(/^FILE (did not answer with a complete JSON array|is not whole)/);
    }
  }
});

test('damaged anywhere, its gzip is an error', async () => {
  const bytes = gzipSync(text);
  for (let i = 12; i < bytes.length; i += Math.ceil(bytes.length / 40)) {
    const damaged = Buffer.from(bytes);
    damaged[i] = (damaged[i] ?? 0) ^ 0x55;
    writeFileSync(file, damaged);
    expect(await read()).toBe('FILE is not whole: its gzip is damaged');
  }
});

test('one that is written meanwhile is an error, even if what was read is an array', async () => {
  writeFileSync(file, text);
  const received = () => appendFileSync(file, ' ');
  expect(await read({ received })).toMatch(/^FILE was changed while it was read/);
});

test('is limited in size, and must be a file in UTF-8', async () => {
  writeFileSync(file, gzipSync(text));
  expect(await read({ maxSize: 1_000 })).toBe(
    'FILE has more than 1,000 bytes; raise directory.maxSize if it is that large',
  );
  writeFileSync(file, Buffer.from('[{"userName":"zo\xeb"}]', 'latin1'));
  expect(await read()).toMatch(/^FILE answered with bytes that are not utf-8/);
  rmSync(file);
  expect(await read()).toBe('FILE cannot be read: it does not exist');
});

test('a pipe that nobody writes to can be interrupted', async () => {
  execFileSync('mkfifo', [file]);
  const signal = AbortSignal.timeout(200);
  await expect(openDirectory({ file, maxSize: 1e9, loginTimeout: 0 }).fetch(signal, {})).rejects.toThrow(
    /timeout/,
  );
});
