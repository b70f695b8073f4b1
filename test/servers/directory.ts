import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What one request to the directory looked like. */
export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  form: URLSearchParams;
}

type Answer = (request: SeenRequest, response: ServerResponse) => unknown;

/** A real Application Integration server on loopback that answers whatever the test wants. */
export class Directory {
  /** Every request since the beginning. */
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #scheme: string;
  #answer: Answer = (_, response) => response.end('[]');

  private constructor(tls?: ServerOptions) {
    const listener: RequestListener = (request, response) => {
      void (async () => {
        const seen = {
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers,
          form: new URLSearchParams(await text(request)),
        };
        this.requests.push(seen);
        await this.#answer(seen, response);
      })();
    };
    this.#scheme = tls ? 'https' : 'http';
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener);
  }

  static async start(tls?: ServerOptions): Promise<Directory> {
    const directory = new Directory(tls);
    await new Promise<void>((resolve) => directory.#server.listen(0, '127.0.0.1', resolve));
    return directory;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/users`;
  }

  /** Answers every listing with these entries, as JSON. */
  lists(entries: unknown): void {
    this.answers((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(entries));
    });
  }

  answers(answer: Answer): void {
    this.#answer = answer;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
