import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

/** A server that sends bytes as they are, however wrong; it reads the request first. */
export class RawServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #talk: (socket: Socket) => void = (socket) => socket.end();

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
      let request = '';
      socket.on('data', (chunk: Buffer) => {
        const before = request;
        request += chunk.toString('latin1');
        if (!before.includes('cmd=') && request.includes('cmd=')) this.#talk(socket);
      });
    });
  }

  static async start(): Promise<RawServer> {
    const raw = new RawServer();
    await new Promise<void>((resolve) => raw.#server.listen(0, '127.0.0.1', resolve));
    return raw;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** What happens once a request has come. */
  does(talk: (socket: Socket) => void): void {
    this.#talk = talk;
  }

  /** Sends the bytes and closes the connection. */
  sends(bytes: string | Buffer): void {
    this.does((socket) => socket.end(bytes));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const encoders = {
  identity: (body: Buffer) => body,
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};
export type Encoding = keyof typeof encoders;
export const framings = ['length', 'chunked', 'close'] as const;

/** A whole HTTP answer with a body, in one of the ways in which a server may send it. */
export function answer(text: string, encoding: Encoding, framing: (typeof framings)[number]): Buffer {
  const body = encoders[encoding](Buffer.from(text));
  const head = [
    framing === 'close' ? 'HTTP/1.0 200 OK' : 'HTTP/1.1 200 OK',
    'Content-Type: text/json; charset=utf8',
    ...(encoding === 'identity' ? [] : [`Content-Encoding: ${encoding}`]),
    ...(framing === 'length' ? [`Content-Length: ${body.length}`] : []),
    ...(framing === 'chunked' ? ['Transfer-Encoding: chunked'] : []),
  ];
  const sent = framing === 'chunked' ? chunked(body) : body;
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), sent]);
}

function chunked(body: Buffer): Buffer {
  const half = Math.ceil(body.length / 2);
  const chunk = (part: Buffer) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
  return Buffer.concat([chunk(body.subarray(0, half)), chunk(body.subarray(half)), Buffer.from('0\r\n\r\n')]);
}
