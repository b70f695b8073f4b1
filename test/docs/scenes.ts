import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { administer } from '../servers/administer.ts';
import { Stage } from './stage.ts';

const person = (userName: string, fullName: string, n: number, ...emailAddresses: string[]) => ({
  userName,
  distinguishedName: `UID=${n},OU=${n === 6 ? 'Devices' : 'Staff'},DC=example,DC=com`,
  fullName,
  emailAddresses: [...emailAddresses, `${userName}@example.com`],
});
const ada = person('ada.king', 'Ada King', 1);
const alan = person('alan.turing', 'Alan Turing', 2);
const barbara = person('barbara.liskov', 'Barbara Liskov', 3);
const edsger = person('edsger.dijkstra', 'Edsger Dijkstra', 4);
const grace = person('grace.hopper', 'Grace Hopper', 5);
const printer = person('printer-3', 'Printer, third floor', 6);
const katherine = person('katherine.johnson', 'Katherine Johnson', 7);

/** The sample of `rollcall demo`: somebody leaves, somebody marries, somebody joins; and then a name is handed on. */
const week1 = [ada, alan, barbara, edsger, grace, printer];
const week2 = [
  {
    ...ada,
    userName: 'ada.lovelace',
    fullName: 'Ada Lovelace',
    emailAddresses: ['ada.lovelace@example.com', 'ada.king@example.com'],
  },
  barbara,
  person('edsger.dijkstra', 'Edsger W. Dijkstra', 4, 'ewd@example.com'),
  ...[grace, katherine, printer],
];
const week3 = week2.map((one) => (one === grace ? person('grace.hopper', 'Greta Hopper', 8) : one));
const staff = {
  scope: { exclude: [{ under: 'OU=Devices,DC=example,DC=com' }] },
  options: { deleteUsers: true },
};

export const john = person('john.doe', 'John Doe', 11);
export const jane = person('jane.roe', 'Jane Roe', 12);
const pair = [john, jane];
const many = Array.from({ length: 20 }, (_, i) => person(`user.${i + 1}`, `User ${i + 1}`, 100 + i));

const mailTo = (address: string) => `From: x@example.org\nTo: ${address}\n\nHello.\n`;

interface Scene {
  /** What was listed, and committed, before. */
  before?: unknown[];
  now: unknown[];
  config?: object;
  set?: (stage: Stage) => unknown;
}

/** The situations that pages ask for with `<!-- stage: NAME -->`. */
export const scenes: Record<string, Scene> = {
  'a week later': { before: week1, now: week2, config: staff },
  'a saved plan': {
    before: week1,
    now: week2,
    config: staff,
    set: async (stage) => {
      await stage.type('rollcall sync test --save plan.jsonl');
    },
  },
  'a run to take back': {
    before: week1,
    now: week2,
    config: staff,
    set: async (stage) => {
      await stage.type('rollcall sync now');
    },
  },
  'another week later': { before: week2, now: week3, config: staff },
  'most people are gone': {
    before: many,
    now: many.slice(0, 12),
    config: { options: { deleteUsers: true } },
  },
  'blocked nights': {
    before: many,
    now: many.slice(0, 12),
    config: { options: { deleteUsers: true } },
    set: async (stage) => {
      await stage.type('rollcall sync now');
      await stage.type('rollcall sync now');
    },
  },
  /** Something of each type that a plan can hold. */
  everything: {
    before: week2,
    config: { scope: staff.scope },
    now: [
      ...week3.map((one) => (one === katherine ? { ...katherine, fullName: 'Kathy Johnson' } : one)).slice(1),
      { userName: 'newcomer', emailAddresses: ['katherine.johnson@example.com'] },
      { userName: 'unreadable', fullName: 7 },
    ],
  },
  'two people': { before: pair, now: pair },
  "a newcomer's folder": {
    now: week1,
    set: (stage) => {
      stage.setEnv('EDITOR', `sed -i s|https://directory.example.com/users|${stage.directory.url}|`);
    },
  },
  'john.doe has left': {
    before: pair,
    now: [jane],
    set: async (stage) => {
      await stage.type('rollcall users remove john.doe');
    },
  },
  'a name was handed on': {
    before: pair,
    now: [{ ...person('john.doe', 'Jack Dorsey', 13), emailAddresses: ['jack@example.com'] }, jane],
  },
  mail: {
    before: pair,
    now: pair,
    set: async ({ folder, database }) => {
      const mbox = `From x Thu Jan  1 00:00:00 1970\n${mailTo('john.doe@example.com')}\n`;
      writeFileSync(join(folder, 'inbox.mbox.gz'), gzipSync(mbox));
      writeFileSync(join(folder, 'message.eml'), mailTo('jane.roe@example.com'));
      for (const part of ['', 'cur', 'new', 'tmp']) mkdirSync(join(folder, 'Maildir', part));
      writeFileSync(join(folder, 'Maildir/cur/1.x:2,S'), mailTo('nobody@example.com'));
      await administer(
        database.url,
        `insert into rollcall.archives (name, name_key) select name, name from unnest($1::text[]) name`,
        [['john.doe (until 2026-11-25)', 'jane.roe (until 2026-11-25)']],
      );
    },
  },
};

export async function setScene(name: string): Promise<Stage> {
  const scene = scenes[name];
  if (scene === undefined) throw new Error(`there is no stage "${name}" in test/docs/scenes.ts`);
  const { before, now, config, set } = scene;
  const stage = await Stage.open();
  if (before !== undefined) {
    stage.lists(before);
    stage.configure(config);
    const { code, output } = await stage.type('rollcall sync now');
    if (code !== 0) throw new Error(output);
  }
  stage.lists(now);
  await set?.(stage);
  return stage;
}
