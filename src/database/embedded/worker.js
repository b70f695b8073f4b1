import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

/**
 * The embedded Postgres, in a thread that can be terminated from outside: on a full disk it may hang.
 *
 * In: `{id, type: 'wire', bytes}` (protocol messages as pg writes them), `{id, type: 'close'}`.
 * Out: `{type: 'ready'}` or `{type: 'failed', message}` once; for every `id` any number of `{type: 'data', data}`,
 * then `{type: 'done'}` or `{type: 'broken', message}`, after which the thread is unusable.
 *
 * @typedef {{ id: number, type: 'wire' | 'close', bytes: Uint8Array }} Request
 */

const port = /** @type {NonNullable<typeof parentPort>} */ (parentPort);
const pieceSize = 256 * 1024;

/** The last errors in the server's log, which say more than what it throws. @type {string[]} */
const lastWords = [];
/** @param {string} line */
const listen = (line) => {
  if (!/FATAL|PANIC|could not|HINT|DETAIL/.test(line)) return;
  lastWords.push(line.replace(/^[\d-]+ [\d:.]+ \w+ \[\d+\] /, '').slice(0, 200));
  if (lastWords.length > 3) lastWords.shift();
};

// Compiles the embedded Postgres once, by the fast compiler, and not a second time while it is used: that would take twice
// the time of a short run. V8 reads this flag when WebAssembly is compiled, and nothing else in the process is.
setFlagsFromString('--liftoff-only');

// @ts-expect-error -- onStdout and onStderr are read at start-up, but missing in the types
const db = new PGlite({
  dataDir: `file://${workerData.folder}`,
  onStdout: listen,
  onStderr: listen,
  // With the defaults, the write-ahead log keeps growing.
  startParams: [...PGlite.defaultStartParams, '-c', 'max_wal_size=64MB', '-c', 'min_wal_size=32MB'],
});

try {
  await db.waitReady;
  port.postMessage({ type: 'ready' });
} catch (error) {
  port.postMessage({ type: 'failed', message: lastWords.join('; ') || oneLine(error) });
}

/** @param {Request} request */
async function answer({ id, type, bytes }) {
  if (type === 'close') {
    await db.exec('checkpoint').catch(() => undefined);
    await db.close();
    return;
  }
  const isStartUp = bytes[0] === 0;
  if (isStartUp) {
    // A new connection must not inherit the session of the last one.
    if (db.isInTransaction()) await db.exec('rollback');
    await db.exec('discard all');
  }
  /** @type {Uint8Array[]} */
  let parts = [];
  let size = 0;
  let end = new Uint8Array();
  const send = () => {
    if (size === 0) return;
    const data = new Uint8Array(Buffer.concat(parts));
    parts = [];
    size = 0;
    port.postMessage({ type: 'data', id, data }, [data.buffer]);
  };
  // Not execProtocolRaw, which keeps every reply in memory.
  await db.execProtocolRawStream(bytes, {
    onRawData: (view) => {
      // The view is into the server's memory, and must be copied.
      const part = view.slice();
      parts.push(part);
      size += part.length;
      end = new Uint8Array([...end, ...part.subarray(-6)]).subarray(-6);
      if (size >= pieceSize) send();
    },
  });
  send();
  if (expectsReady(bytes) && !isReady(end)) throw new Error(lastWords.at(-1) ?? 'the server gave up');
}

/** A query (`Q`), or a group of messages that ends in `S` (sync). @param {Uint8Array} bytes */
const expectsReady = (bytes) => bytes[0] === 0x51 || (bytes.at(-5) === 0x53 && bytes.at(-1) === 4);

/**
 * Whether a reply ends in `Z` (ready for query). After a panic it does not, and pg would wait forever.
 * @param {Uint8Array} end
 */
const isReady = (end) => end[0] === 0x5a && end[4] === 5;

/** @param {unknown} error */
function oneLine(error) {
  const text = error instanceof Error && error.message ? error.message : JSON.stringify(error);
  return (text.split('\n')[0] ?? '').slice(0, 300);
}

let queue = Promise.resolve();
port.on('message', (/** @type {Request} */ request) => {
  queue = queue
    .then(() => answer(request))
    .then(
      () => port.postMessage({ type: 'done', id: request.id }),
      (error) => port.postMessage({ type: 'broken', id: request.id, message: oneLine(error) }),
    );
});
