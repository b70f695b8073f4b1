import { type Archive, findArchive, grantAccess, listArchives } from '../../src/accounts/archives.ts';
import { addUser, changeUser, renameUser } from '../../src/accounts/change-users.ts';
import { hashPassword } from '../../src/accounts/password-hash.ts';
import { findUser, listUsers } from '../../src/accounts/users.ts';
import { verifyLogin } from '../../src/accounts/verify-login.ts';
import { openDirectory } from '../../src/directory/open-directory.ts';
import { RollcallError } from '../../src/core/errors.ts';
import { read, write } from '../../src/database/access.ts';
import type { Store } from '../../src/database/store.ts';
import { exportMessages } from '../../src/mail/export.ts';
import { importMail } from '../../src/mail/import.ts';
import { reassign } from '../../src/mail/reassign.ts';
import { findMessage, removeMessage } from '../../src/mail/remove-message.ts';
import { resolveArchives } from '../../src/mail/resolve.ts';
import { listRuns, readChanges } from '../../src/sync/run-history.ts';
import type { Directory } from '../servers/directory.ts';
import { listTarget, sourceOf } from '../support/mail.ts';
import { directorySettings, runSync, type Overrides } from '../support/run.ts';
import { plain } from './plain.ts';

/** What a step said; `error` is null unless it failed. */
export interface Step {
  name: string;
  said: unknown;
  error: { message: string; isBug: boolean } | null;
}

type Play = (store: Store, directory: Directory) => Promise<unknown>;

/** Steps by their names, in order. */
export type Story = Record<string, Play>;

const never = new AbortController().signal;
const passwordHash = await hashPassword('pass\\word');

const first = [
  {
    userName: 'anna',
    distinguishedName: 'UID=1,DC=example',
    fullName: 'Anna Able',
    emailAddresses: ['anna@example.com', 'a.able@example.com', 'shared@example.com'],
  },
  { userName: 'plain' },
  { userName: 'NULL', fullName: 'null', emailAddresses: ['null@example.com'] },
  {
    userName: 'back\\slash',
    distinguishedName: 'CN=back\\\\slash,OU=a\\,b,DC=example',
    fullName: 'C:\\new\\x41 "quoted" {1,2}',
    emailAddresses: [],
  },
  { userName: "o'neil, {x}", fullName: "O'Neil $1 $$ ? :name", emailAddresses: ["o'neil@example.com"] },
  { userName: 'jürgen', fullName: 'Jürgen Ğ İ ß 漢字 👩‍👩‍👧 \u00a0', emailAddresses: ['jürgen@bücher.example'] },
  {
    userName: 'moved',
    distinguishedName: 'UID=7',
    fullName: 'Mo Ved',
    emailAddresses: ['moved@example.com'],
  },
  { userName: 'leaves', distinguishedName: 'UID=8', emailAddresses: ['leaves@example.com'] },
  { userName: 'goes', distinguishedName: 'UID=9', emailAddresses: ['goes@example.com'] },
  {
    userName: 'handed',
    distinguishedName: 'UID=10',
    fullName: 'Hanna Ded',
    emailAddresses: ['h@example.com'],
  },
  { userName: 'bad', emailAddresses: 'nope' },
  { userName: 'twice' },
  { userName: 'Twice' },
];

const second = [
  {
    userName: 'anna',
    distinguishedName: 'UID=1,DC=example',
    fullName: 'Anna Baker',
    emailAddresses: ['shared@example.com', 'anna@example.com'],
  },
  { userName: 'plain', fullName: '' },
  { userName: 'NULL' },
  { userName: 'back\\slash', distinguishedName: 'CN=back\\\\slash,OU=a\\,b,DC=example', fullName: '\\N' },
  ...first.slice(4, 6),
  {
    userName: 'moved.on',
    distinguishedName: 'uid = 7',
    fullName: 'Mo Ved',
    emailAddresses: ['moved@example.com'],
  },
  {
    userName: 'handed',
    distinguishedName: 'UID=11',
    fullName: 'Igor Else',
    emailAddresses: ['i@example.com'],
  },
  { userName: 'hand' },
  {
    userName: 'newcomer',
    fullName: 'New, "Comer"',
    emailAddresses: ['a,b@example.com', 'leaves@example.com'],
  },
];

const third = [...second, { userName: 'leaves', distinguishedName: 'UID=12', fullName: 'Other Person' }];

const message = (to: string, body: string) =>
  Buffer.from(`From: sender@example.com\r\nTo: ${to}\r\nSubject: story\r\n\r\n${body}\r\n`, 'latin1');

const mail = [
  message('anna@example.com', 'Gr\xfc\xdfe \\x41 \\\\ \x00\x01\x7f\xff'),
  message('leaves@example.com, Shared@Example.com', "quoted 'and' \\'"),
  message('nobody@example.com', 'unclaimed'),
];

const run =
  (mode: 'test' | 'now', listing: unknown[], overrides: Overrides = {}): Play =>
  (store, directory) => {
    directory.lists(listing);
    return runSync(store, directory.url, mode, overrides);
  };

const change =
  (work: Parameters<typeof write>[2]): Play =>
  (store) =>
    write(store, never, work);

/** Nobody sees the number of an archive, and in which order the planner has them numbered says nothing. */
const withoutId = ({ id: _, ...archive }: Archive) => archive;

const archives: Play = async (store) => (await read(store, never, (db) => listArchives(db))).map(withoutId);

/** Commands that only read; a role that may not write can play them, too. */
export const reading: Story = {
  'sync test': run('test', third),
  history: (store) => read(store, never, (db) => listRuns(db, 20)),
  'history of every run': (store) =>
    read(store, never, async (db) => {
      const told: unknown[] = [];
      for (const { id } of await listRuns(db, 20)) {
        for await (const item of readChanges(db, id)) told.push({ run: id, ...item });
      }
      return told;
    }),
  'users list': (store) => read(store, never, (db) => listUsers(db, {})),
  'users list, filtered': (store) =>
    read(store, never, async (db) => [
      await listUsers(db, { address: 'SHARED@example.com' }),
      await listUsers(db, { privilege: 'export', authentication: 'integrated' }),
      await listUsers(db, { gone: true }),
    ]),
  'users show': (store) => read(store, never, (db) => findUser(db, 'BACK\\slash')),
  'archives list': archives,
  'archives show': async (store) => withoutId(await read(store, never, (db) => findArchive(db, 'anna'))),
  'archives resolve': (store) =>
    resolveArchives(store, ['shared@example.com', 'leaves@example.com', 'jürgen@bücher.example'], never),
  'archives export': async (store) => {
    const { id } = await read(store, never, (db) => findArchive(db, 'anna'));
    const { raws, target } = listTarget();
    await exportMessages(store, id, target, never);
    return raws.map((raw) => raw.toString('hex'));
  },
  login: (store, directory) =>
    verifyLogin(store, openDirectory(directorySettings(directory.url)), 'hand', 'pass\\word', never),
};

/** From an empty database on: everything that rollcall does with one, in the order of a year. */
export const wholeStory: Story = {
  'first sync test': run('test', first),
  'first sync now': run('now', first),
  'users add': change((db) => {
    const user = {
      fullName: 'By "Hand"',
      emailAddresses: ['hand@example.com', '{null,"x"}@example.com'],
      privileges: ['login', 'export'],
      passwordHash,
    };
    return addUser(db, 'hand', user, ['read', 'write']);
  }),
  'archives import': (store) => importMail(store, sourceOf(mail), false, {}, never),
  'archives import again, dry': (store) => importMail(store, sourceOf(mail), true, {}, never),
  'users set for mail that came before': change((db) =>
    changeUser(db, 'hand', { emailAddresses: ['hand@example.com', 'nobody@example.com'] }),
  ),
  'archives reassign': (store) => reassign(store, true, () => undefined, never),
  'archives remove-message': change(async (db) =>
    removeMessage(db, await findMessage(db, '3'), 'root@localhost'),
  ),
  'archives import again': (store) => importMail(store, sourceOf(mail), false, {}, never),
  'archives grant': change((db) => grantAccess(db, 'leaves', 'anna', ['read'])),
  'sync now that keeps users': run('now', second, {
    options: { deleteUsers: false, renames: true, takeOver: 'agreed' },
  }),
  'users list --gone': (store) => read(store, never, (db) => listUsers(db, { gone: true })),
  'sync now that deletes users': run('now', second),
  'sync now that changes nothing': run('now', second),
  'users set': change((db) => changeUser(db, 'hand', { emailAddresses: [], fullName: null })),
  'users rename': change((db) => renameUser(db, 'hand', 'Händ')),
  'users rename back': change((db) => renameUser(db, 'händ', 'hand')),
  ...reading,
  'sync now with an answer': run('now', third, { answers: { same: ['handed'], new: ['lea*'] } }),
  'archives list at the end': archives,
  'a second writer': (store) => {
    const nothing = () => Promise.resolve();
    const other = write(store, never, () => write(store, never, nothing));
    return other.then(nothing, (error: unknown) => {
      if (!(error instanceof RollcallError) || error.outcome !== 'locked') throw error;
      // Since when is known only where activities are tracked.
      return error.message.replace(/.* is in use by|, in a transaction since .*/g, '');
    });
  },
};

/** From a database of the version before on. */
export const upgradeStory: Story = {
  'users list before the upgrade': (store) => read(store, never, (db) => listUsers(db, {})),
  'sync test before the upgrade': run('test', second),
  'sync now that upgrades': run('now', second),
  'history after the upgrade': reading['history of every run'] as Play,
};

/** Plays a story up to the first step that fails, whose error is the last step. */
export async function play(story: Story, store: Store, directory: Directory): Promise<Step[]> {
  const steps: Step[] = [];
  for (const [name, step] of Object.entries(story)) {
    try {
      steps.push({ name, said: plain(await step(store, directory)), error: null });
    } catch (error) {
      const isBug = !(error instanceof RollcallError);
      steps.push({
        name,
        said: null,
        error: { message: error instanceof Error ? error.message : String(error), isBug },
      });
      break;
    }
  }
  return steps;
}
