import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { importOf, today } from './commands.ts';
import { addressesOfPeople } from './data.ts';
import type { Laboratory } from './laboratory.ts';
import { median } from './measure.ts';
import type { Races } from './races.ts';
import type { Stores } from './stores.ts';

const messages = 10_000;
const size = 10_000;

/** Imports an mbox of messages of 10 kB between stored users, and looks addresses up. */
export async function measureMail(
  { folder, databases }: Laboratory,
  races: Races,
  users: number,
): Promise<string> {
  const mbox = join(folder, 'mail.mbox');
  const addresses = addressesOfPeople(users, 1_000);
  await pipeline(Readable.from(lettersOf(addresses)), createWriteStream(mbox));
  const looked: number[] = [];
  const { seconds, megabytes } = await races.alone(() =>
    databases.lend(today, { state: 'base', day: 'base' }, users, async (task) => {
      const taken = await races.time(`${users} users, import of mail`, [importOf(today, task, mbox)]);
      for (const address of addresses.slice(0, 50)) looked.push(await lookUp(databases, address));
      return taken;
    }),
  );
  const perSecond = Math.round(messages / seconds).toLocaleString('en-US');
  return `Mail among ${users.toLocaleString('en-US')} users: ${perSecond} messages of 10 kB a second imported (${Math.round(megabytes)} MB); an address found in ${median(looked).toFixed(3)} ms in the server.`;
}

/** How long the server takes to find the archives of one address, in milliseconds. */
async function lookUp(stores: Stores, address: string): Promise<number> {
  const explain = `explain (analyze, format json) select name from rollcall.archives where owner_id = any (array(
    select id from rollcall.users where address_keys @> array['${address}'] collate "C"))`;
  const [plan] = (await stores.ask(explain)) as unknown as [[{ 'Execution Time': number }]];
  return plan[0]['Execution Time'];
}

function* lettersOf(addresses: string[]): Generator<string> {
  const of = (i: number) => addresses[i % addresses.length] ?? '';
  const line = `${'The quick brown fox jumps over the lazy dog. '.repeat(2)}\n`;
  for (let i = 0; i < messages; i++) {
    const header = `From: <${of(i)}>\nTo: ${of(i * 7 + 1)}, ${of(i * 13 + 5)}\nSubject: letter ${i}\nMessage-ID: <${i}@example.com>\n\n`;
    yield `From x Thu Jan  1 00:00:00 1970\n${header}${line.repeat(Math.ceil((size - header.length) / line.length))}\n`;
  }
}
