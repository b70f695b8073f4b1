import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const program = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;

/** A server on loopback that accepts no connection: it is stopped, and others wait already. */
export class DeafServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #waiting: Socket[];

  private constructor(port: number, child: ChildProcess, waiting: Socket[]) {
    this.url = `http://127.0.0.1:${port}/users`;
    this.#child = child;
    this.#waiting = waiting;
  }

  static async start(): Promise<DeafServer> {
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(line.toString());
    child.kill('SIGSTOP');
    const waiting: Socket[] = [];
    while (await isHeard(port, waiting)) if (waiting.length > 100) throw new Error('the backlog has no end');
    return new DeafServer(port, child, waiting);
  }

  async stop(): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }
}

/** Whether the system still takes connections on behalf of the server. */
async function isHeard(port: number, waiting: Socket[]): Promise<boolean> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  waiting.push(socket);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    setTimeout(() => resolve(false), 300);
  });
}
