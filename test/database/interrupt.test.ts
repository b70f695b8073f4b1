import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { read } from '../../src/database/access.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { newStore } from '../support/stores.ts';

const never = new AbortController().signal;

test('a cancellation that takes its time does not hit the next transaction', async () => {
  const { store, remove } = await newStore('postgres');
  const slow = {
    ...store,
    cancel: async (backend: number) => {
      await sleep(100);
      await store.cancel(backend);
    },
  };
  for (let round = 0; round < 3; round++) {
    const stop = new AbortController();
    const failing = inTransaction(slow, 'readOnly', stop.signal, async () => {
      stop.abort(new Error('stopped'));
      await Promise.resolve();
      throw new Error('it has failed by itself');
    });
    await expect(failing).rejects.toThrow('stopped');
    await read(store, never, (db) => db.raw('select pg_sleep(0.3)'));
  }
  await remove();
});

test('an embedded store that is closed stays closed: its folder may be open elsewhere', async () => {
  const { store, remove } = await newStore('embedded');
  await store.open();
  await store.close();
  await expect(store.dial()).rejects.toThrow('is closed');
  await expect(inTransaction(store, 'readOnly', never, () => Promise.reject(new Error()))).rejects.toThrow();
  await remove();
});
