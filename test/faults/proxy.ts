import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What happens to a COMMIT that passes. `silence`: lost after it, and nobody answers from then on. */
export type Loss = 'before' | 'after' | 'silence' | null;

/** Stands between rollcall and Postgres, and cuts the connection at COMMIT. */
export class CommitProxy {
  /** Of COMMITs. */
  lost = 0;
  loss: Loss = null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #silent = false;

  private constructor(target: URL) {
    this.#server = createServer((client) => {
      if (this.#silent) {
        client.destroy();
        return;
      }
      const server = connect(Number(target.port), target.hostname);
      let committing = false;
      const cut = () => {
        client.destroy();
        server.destroy();
      };
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          cut();
        });
      }
      client.on('data', (bytes) => {
        committing = this.loss !== null && /^Q[^]{4}commit/i.test(bytes.toString('latin1'));
        if (!committing) server.write(bytes);
        else if (this.loss === 'before') {
          this.lost += 1;
          cut();
        } else server.write(bytes);
      });
      server.on('data', (bytes) => {
        if (!committing) client.write(bytes);
        else {
          this.lost += 1;
          if (this.loss === 'silence') this.#silent = true;
          cut();
        }
      });
    });
  }

  static async start(target: string): Promise<CommitProxy> {
    const proxy = new CommitProxy(new URL(target));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The same database, seen through it. */
  through(url: string): string {
    const seen = new URL(url);
    seen.port = String((this.#server.address() as AddressInfo).port);
    return seen.href;
  }

  listenAgain(): void {
    this.#silent = false;
    this.loss = null;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
