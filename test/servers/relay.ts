import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * What becomes of bytes that pass: on they go; nothing arrives and the connection ends; they arrive, then it ends; nothing
 * arrives, and it ends for the client alone; nothing arrives, and nobody is told.
 */
export type Passage = 'pass' | 'cut' | 'last' | 'strand' | 'hold';

/** Watches the bytes of one connection. */
export interface Tap {
  toServer?: (bytes: Buffer) => Passage;
  toClient?: (bytes: Buffer) => Passage;
}

/** Stands between a client and a server on loopback, and can part them. */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #tap: () => Tap;
  readonly #admit: () => Promise<void>;
  #port: number;
  #open = true;

  private constructor(target: string, tap: () => Tap, admit: () => Promise<void>) {
    this.#port = Number(new URL(target).port);
    this.#tap = tap;
    this.#admit = admit;
    this.#server = createServer((client) => void this.#join(client));
  }

  /**
   * @param target the URL of the server
   * @param tap made for every connection
   * @param admit a new connection waits for it
   */
  static async start(
    target: string,
    tap: () => Tap = () => ({}),
    admit: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Relay> {
    const relay = new Relay(target, tap, admit);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The same database, seen through it. */
  through(url: string): string {
    const seen = new URL(url);
    seen.port = String(this.port);
    return seen.href;
  }

  /** New connections go to another server. */
  aim(target: string): void {
    this.#port = Number(new URL(target).port);
  }

  /** Resets new connections, until it opens again; those that there are stay. */
  shut(): void {
    this.#open = false;
  }

  open(): void {
    this.#open = true;
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #join(client: Socket): Promise<void> {
    this.#keep(client);
    await this.#admit();
    if (!this.#open || client.destroyed) {
      client.resetAndDestroy();
      return;
    }
    const server = this.#keep(connect(this.#port, '127.0.0.1'));
    const { toServer, toClient } = this.#tap();
    let isStranded = false;
    // What was sent before the client went still arrives.
    client.on('close', () => isStranded || server.end());
    server.on('close', () => client.destroy());
    client.on('data', (bytes) => {
      const passage = toServer?.(bytes) ?? 'pass';
      isStranded = passage === 'strand';
      if (passage === 'pass' || passage === 'last') server.write(bytes);
      if (passage !== 'pass' && passage !== 'hold') client.destroy();
    });
    server.on('data', (bytes) => {
      const passage = toClient?.(bytes) ?? 'pass';
      if (passage === 'hold') return;
      if (passage !== 'cut') client.write(bytes);
      if (passage !== 'pass') client.destroySoon();
    });
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
