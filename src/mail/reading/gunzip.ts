import { createGunzip } from 'node:zlib';

/** In bytes. What a piece holds before the damage is lost with it; and gzip makes at most a thousand times as much of one. */
const pieceSize = 512;

/**
 * Decompresses all members of a gzip. Where it is damaged or cut off, what is before the damage comes first, then the error:
 * a pipeline of streams would drop what it still holds.
 */
export async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const stream = createGunzip();
  const state = { ready: [] as Buffer[], failure: null as Error | null, wake: () => undefined as unknown };
  stream.on('data', (bytes: Buffer) => state.ready.push(bytes));
  stream.once('error', (error) => {
    const isMore = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PUSH_AFTER_EOF';
    state.failure = isMore ? new Error('something follows the zeros at its end') : error;
    state.wake();
  });
  /** Gives the stream something to do, and returns what it made of it. */
  const step = async (start: (done: () => void) => void) => {
    await new Promise<void>((resolve) => {
      state.wake = resolve;
      start(resolve);
    });
    return state.ready.splice(0);
  };
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += pieceSize) {
        yield* await step((done) => stream.write(chunk.subarray(at, at + pieceSize), done));
        if (state.failure) throw state.failure;
      }
    }
    yield* await step((done) => {
      // With zeros behind the last member, it has ended before.
      stream.end(() => (stream.readableEnded ? done() : stream.once('end', done)));
    });
    if (state.failure) throw state.failure;
  } finally {
    stream.destroy();
  }
}
