import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The password of every person in the sample directory. */
export const demoPassword = 'correct horse';

/** A small Application Integration server on loopback, with made-up people in it. */
export class DemoDirectory {
  #week = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        const answer = this.#answer(new URLSearchParams(body));
        response.writeHead(answer === null ? 400 : 200, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(answer ?? { error: 'unknown cmd' }));
      });
    });
  }

  /** @returns the URL that it listens on */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve());
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Moves on a week: first people leave, marry and join; a week later a user name is handed on. */
  turnToNextWeek(): void {
    this.#week += 1;
  }

  get #people(): Person[] {
    return weeks[this.#week] ?? [];
  }

  #answer(form: URLSearchParams): object | null {
    const command = form.get('cmd');
    if (command === 'list') return this.#people;
    if (command !== 'auth') return null;
    const known = this.#people.some(({ userName }) => userName === form.get('userName'));
    return { authenticated: known && form.get('password') === demoPassword };
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

type Person = ReturnType<typeof person>;

function person(userName: string, fullName: string, unit: string, ...emailAddresses: string[]) {
  // The user name changes with the person's name; the distinguished name stays the same.
  return { userName, distinguishedName: `UID=${unit},DC=example,DC=com`, fullName, emailAddresses };
}

const staff = (n: number) => `${n},OU=Staff`;

const today = [
  person('ada.king', 'Ada King', staff(1), 'ada.king@example.com', 'countess@example.com'),
  person('alan.turing', 'Alan Turing', staff(2), 'alan.turing@example.com'),
  person('barbara.liskov', 'Barbara Liskov', staff(3), 'barbara.liskov@example.com'),
  person('edsger.dijkstra', 'Edsger Dijkstra', staff(4), 'edsger.dijkstra@example.com'),
  person('grace.hopper', 'Grace Hopper', staff(5), 'grace.hopper@example.com'),
  person('printer-3', 'Printer, third floor', '6,OU=Devices', 'printer-3@example.com'),
];

const nextWeek = [
  person('ada.lovelace', 'Ada Lovelace', staff(1), 'ada.lovelace@example.com', 'ada.king@example.com'),
  person('barbara.liskov', 'Barbara Liskov', staff(3), 'barbara.liskov@example.com'),
  person('edsger.dijkstra', 'Edsger W. Dijkstra', staff(4), 'ewd@example.com', 'edsger.dijkstra@example.com'),
  person('grace.hopper', 'Grace Hopper', staff(5), 'grace.hopper@example.com'),
  person('katherine.johnson', 'Katherine Johnson', staff(7), 'katherine.johnson@example.com'),
  person('printer-3', 'Printer, third floor', '6,OU=Devices', 'printer-3@example.com'),
];

const weekAfter = [
  ...nextWeek.filter(({ userName }) => userName !== 'grace.hopper'),
  person('grace.hopper', 'Greta Hopper', staff(8), 'grace.hopper@example.com'),
];

const weeks = [today, nextWeek, weekAfter];
