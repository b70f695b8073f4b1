import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request that a hook has got. */
export interface Heard {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A real server that somebody wants to be told things by: Slack, Mattermost, Healthchecks. */
export class Hook {
  readonly heard: Heard[] = [];
  /** The status of the next answers; the last one stays. Null never answers. */
  answers: (number | null)[] = [200];
  readonly #server: Server;
  readonly #scheme: string;

  private constructor(tls?: { key: string; cert: string }) {
    this.#scheme = tls ? 'https' : 'http';
    this.#server = tls ? createTlsServer(tls) : createServer();
    this.#server.on('request', (request, response) => {
      void text(request).then((body) => {
        const { method = '', url: path = '', headers } = request;
        this.heard.push({ method, path, headers, body });
        // Slack takes a member of one of these names for its own, and refuses the whole message.
        if (/^\{.*"(blocks|attachments)":/.test(body.replace(/"summary":\{.*?\},"doubts"/, '"doubts"'))) {
          response.writeHead(400).end('invalid_blocks');
          return;
        }
        const status = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
        if (typeof status === 'number') response.writeHead(status, { Location: '/elsewhere' }).end('ok');
      });
    });
  }

  static async start(tls?: { key: string; cert: string }): Promise<Hook> {
    const hook = new Hook(tls);
    await new Promise<void>((resolve) => hook.#server.listen(0, '127.0.0.1', resolve));
    return hook;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What it has heard since it was asked last: each message's events, and the path of each ping. */
  news(): unknown[] {
    return this.heard
      .splice(0)
      .map(({ method, path, body }) =>
        method === 'POST' ? (JSON.parse(body) as { events: string[] }).events : path,
      );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
