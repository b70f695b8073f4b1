import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { RollcallError } from '../../src/core/errors.ts';
import type { Store } from '../../src/database/store.ts';
import type { Directory } from '../servers/directory.ts';
import { runSync } from '../support/run.ts';
import { put, read } from '../support/state.ts';
import { damaged } from './damage.ts';

const member = fc.constantFrom(
  'userName',
  'fullName',
  'distinguishedName',
  'emailAddresses',
  'x',
  '__proto__',
);
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('anna', 'bert', 'ANNA', 'a@x', '', ' '),
  fc.jsonValue({ maxDepth: 2 }),
  fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 }),
);
const entry = fc.array(fc.tuple(member, value), { maxLength: 5 }).map(
  // Written by hand, so that a member can stand in it twice.
  (members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`,
);
const listing = fc
  .array(fc.oneof({ weight: 9, arbitrary: entry }, { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) }), {
    maxLength: 6,
  })
  .map((entries) => Buffer.from(`[${entries.join(', ')}]`));

/** Any answer at all: one that is no listing fails in one line and changes nothing, and no other fails. */
export const listings = (store: Store, directory: Directory) =>
  fc.asyncProperty(damaged(listing), async (body) => {
    await put(store, { users: { anna: {}, bert: { distinguishedName: 'CN=1' } } });
    const before = await read(store);
    directory.answers((_, response) => response.end(body));
    const failure = await runSync(store, directory.url, 'now').then(
      () => null,
      (error: unknown) => error,
    );
    if (isListing(body)) {
      equal(failure, null, 'a whole listing is taken');
      return;
    }
    ok(failure instanceof RollcallError, `not an error for the user: ${String(failure)}`);
    equal(failure.outcome, 'failed');
    ok(/^[^\p{Cc}]+$/u.test(failure.message), `not one clean line: ${failure.message}`);
    deepEqual(await read(store), before, 'what is no listing changes nothing');
  });

/** What JSON.parse takes for an array, in whole UTF-8; a byte order mark is no part of it. */
function isListing(body: Buffer): boolean {
  try {
    return Array.isArray(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)));
  } catch {
    return false;
  }
}
