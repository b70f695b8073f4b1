import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { administer } from '../servers/administer.ts';
import type { Ended } from '../support/launch.ts';
import { mbox } from './mail.ts';
import type { Random } from './random.ts';
import type { Stand } from './stand.ts';

/** Of the users, the first stay as they are; the others come, go and are renamed. */
export const steady = 5;
const users = 30;
/** In each run; the next one deletes them. */
const newcomers = 10;
const runs = 4;
/** More than one transaction. */
const messagesOfImport = 600;

export const address = (name: string) => `${name}@example.com`;

/** What a round did. */
export interface Round {
  messages: string[];
  imports: Ended[];
  runs: Ended[];
}

/** Imports in a loop; meanwhile runs, each of which goes on once an import writes that began after the run before. */
export async function play(stand: Stand, name: string, random: Random): Promise<Round> {
  const round: Round = { messages: [], imports: [], runs: [] };
  let isOver = false;
  const importing = async () => {
    while (!isOver) {
      const messages = mail(`${name}.${round.imports.length}`, name, random);
      round.messages.push(...messages);
      writeFileSync(join(stand.folder, 'mail.mbox'), mbox(messages));
      round.imports.push(await stand.launch('archives import --format json mail.mbox').ended);
    }
  };
  const synchronizing = async () => {
    for (let run = 0; run < runs; run++) {
      // Some imports come to their end, others meet several runs.
      await sleep(random.below(800));
      const since = new Date();
      stand.lists(listing(name, run, random));
      stand.whenAsked((answer) => {
        void nextImport(stand, since)
          .then(() => sleep(random.below(800)))
          .finally(answer);
      });
      round.runs.push(await stand.launch('sync now').ended);
    }
  };
  const loop = importing();
  await synchronizing().finally(() => (isOver = true));
  await loop;
  return round;
}

const newcomer = (round: string, run: number, number: number) => `new${round}-${run}-${number}`;

/** Of the run of a round. */
export function listing(round: string, run: number, random: Random): string {
  const entries: { number: string; userName: string; name: string }[] = [];
  for (let user = 0; user < users; user++) {
    const name = `user${user}`;
    const isMoved = user >= steady && random.next() < 0.3;
    if (user < steady || random.next() < 0.7)
      entries.push({ number: `${user}`, name, userName: isMoved ? `moved${user}` : name });
  }
  for (let i = 0; i < newcomers; i++) {
    const name = newcomer(round, run, i);
    entries.push({ number: name, name, userName: name });
  }
  return JSON.stringify(
    entries.map(({ number, userName, name }) => ({
      userName,
      distinguishedName: `UID=${number},DC=example,DC=com`,
      emailAddresses: [address(name)],
    })),
  );
}

/** To users, to newcomers, who may be the only ones, and to strangers. */
function mail(label: string, round: string, random: Random): string[] {
  return Array.from({ length: messagesOfImport }, (_, n) => {
    const someUser = `user${random.below(users)}`;
    const someNewcomer = newcomer(round, random.below(runs), random.below(newcomers));
    const to = random.pick([[someUser], [someNewcomer], [someUser, someNewcomer], ['stranger']]);
    return `From: nobody@example.net\nTo: ${to.map(address).join(', ')}\nSubject: ${label}.${n}\n\nMessage.\n`;
  });
}

/** Waits until a transaction that began after a moment stores messages; not for ever. */
async function nextImport(stand: Stand, since: Date): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const rows = await administer(
      stand.url ?? '',
      `select from pg_stat_activity
       where datname = current_database() and wait_event = 'PgSleep' and xact_start > $1`,
      [since],
    );
    if (rows.length > 0) return;
    await sleep(5);
  }
}
