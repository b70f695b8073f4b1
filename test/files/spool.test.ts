import { expect, test } from 'vitest';
import { Spool } from '../../src/files/spool.ts';

test('pieces of any size come back as they were written, and are counted at once', async () => {
  const spool = await Spool.create();
  const written: Buffer[] = [];
  let size = 0;
  for (const [n, length] of [0, 1, 65_535, 65_536, 65_537, 3, 200_000, 10, 64_000, 1_536, 5].entries()) {
    const piece = Buffer.alloc(length, n);
    written.push(piece);
    size += length;
    await spool.write(piece);
    expect(spool.size).toBe(size);
  }
  const read: Buffer[] = [];
  for await (const piece of spool.read()) read.push(Buffer.from(piece));
  expect(Buffer.concat(read).equals(Buffer.concat(written))).toBe(true);
  await spool.close();
});

test('nothing comes back of nothing', async () => {
  const spool = await Spool.create();
  await spool.flush();
  for await (const piece of spool.read()) expect(piece).toBeUndefined();
  expect(spool.size).toBe(0);
  await spool.close();
});
