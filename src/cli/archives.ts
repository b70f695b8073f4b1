import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { RollcallError } from '../core/errors.ts';
import { archivePrivileges, contradiction } from '../core/privileges.ts';
import { count, visible } from '../core/text.ts';
import { addressesOf, addressKeyOf } from '../mail/addresses.ts';
import { importMessages, whatStays, type ImportCounts } from '../mail/import.ts';
import { toMbox } from '../mail/mbox.ts';
import { readMessages as readSource, type SourceMessage } from '../mail/sources.ts';
import {
  findArchive,
  findOwnerless,
  giveArchive,
  grantAccess,
  listArchives,
  removeArchive,
} from '../store/archives.ts';
import { readMessages, resolveArchives } from '../store/mail.ts';
import { migrate } from '../store/migrate.ts';
import { inTransaction } from '../store/transaction.ts';
import { inDatabase, withStore, type CommonOptions } from './context.ts';
import { printJson, printList, say } from './print.ts';
import { Sink } from './terminal.ts';

export interface ArchivesOptions extends CommonOptions {
  format: string;
  output?: string;
}

/** `rollcall archives list` and `rollcall archives show NAME` */
export async function showArchives(
  name: string | undefined,
  options: ArchivesOptions & { format: 'text' | 'json' },
): Promise<void> {
  const archives = await inDatabase(options, 'read', async (db) =>
    name === undefined ? listArchives(db) : [await findArchive(db, name)],
  );
  await printList(
    `archives ${name === undefined ? 'list' : 'show'}`,
    archives.map(({ id: _, ...archive }) => archive),
    options.format,
    'archive',
    {
      archive: (archive) => archive.name,
      owner: (archive) => archive.owner ?? '(nobody)',
      messages: (archive) => archive.messages.toLocaleString('en-US'),
      access: (archive) =>
        Object.entries(archive.access)
          .map(([user, privileges]) => `${user}: ${privileges.join(' ')}`)
          .join(', '),
    },
  );
}

/** `rollcall archives grant NAME USER PRIVILEGE…` */
export async function grant(
  name: string,
  userName: string,
  privileges: string[],
  options: ArchivesOptions,
): Promise<void> {
  const unknown = privileges.find(
    (privilege) => !(archivePrivileges as readonly string[]).includes(privilege),
  );
  const problem =
    unknown === undefined
      ? contradiction(privileges)
      : `"${visible(unknown)}" is none of ${archivePrivileges.join(', ')}`;
  if (problem !== null) throw new RollcallError('usage', `privileges: ${problem}`);
  await inDatabase(options, 'write', (db) => grantAccess(db, name, userName, privileges));
  await say(`${visible(userName)} has ${privileges.join(', ')} on ${visible(name)}.`);
}

/** `rollcall archives give NAME USER` */
export async function give(name: string, userName: string, options: ArchivesOptions): Promise<void> {
  const { archive, messages, accessEnded, accessGained } = await inDatabase(
    options,
    'write',
    (db, { config }) => giveArchive(db, name, userName, config.defaultPrivileges.archive),
  );
  const readers = [
    ...(accessEnded.length > 0 ? [` No longer read by ${accessEnded.map(visible).join(', ')}.`] : []),
    ...(accessGained.length > 0 ? [` Now also read by ${accessGained.map(visible).join(', ')}.`] : []),
  ].join('');
  await say(
    `${count(messages, 'message')} of ${visible(name)} ${messages === 1 ? 'is' : 'are'} now in the archive ${visible(archive)} of ${visible(userName)}.${readers}`,
  );
}

/** `rollcall archives remove NAME` */
export async function remove(name: string, options: ArchivesOptions & { withMail?: boolean }): Promise<void> {
  const withMail = options.withMail === true;
  // Looked up before anything is asked.
  await inDatabase(options, 'read', (db) => findOwnerless(db, name));
  if (withMail && (await askName(name)) !== name) {
    throw new RollcallError('usage', 'that was not its name; nothing was removed');
  }
  const messages = await inDatabase(options, 'write', (db) => removeArchive(db, name, withMail));
  await say(`Removed ${visible(name)}${messages > 0 ? `, with ${count(messages, 'message')}` : ''}.`);
}

/** What cannot be undone is typed twice; a script sends the name on standard input. */
async function askName(name: string): Promise<string> {
  if (!process.stdin.isTTY) return (await buffer(process.stdin)).toString('utf8').replace(/\r?\n$/, '');
  const { read } = await import('read');
  return read({
    output: process.stderr,
    prompt: `This removes mail for good. The name of the archive, ${visible(name)}, again: `,
  });
}

/** `rollcall archives import FILE…` */
export async function importFiles(
  paths: string[],
  options: ArchivesOptions & { format: 'text' | 'json' },
): Promise<void> {
  async function* all(): AsyncGenerator<SourceMessage> {
    for (const path of paths) yield* readSource(path, process.stdin);
  }
  const counts = await withStore(
    options,
    async ({ store, terminal, signal }) => {
      const progress = await terminal.progress();
      try {
        return await importMessages(
          store,
          all(),
          {
            progress: ({ read }) => progress(`importing: ${count(read, 'message')}`),
            unparsable: (place, reason) =>
              terminal.warn(`${place}: kept, but its addresses cannot be read: ${reason}`),
          },
          signal,
        );
      } finally {
        progress(null);
      }
    },
    whatStays,
  );
  if (options.format === 'json') await printJson('archives import', [{ type: 'import', ...counts }]);
  else await say(summaryOf(counts));
}

function summaryOf({ read, imported, unclaimed, unparsable }: ImportCounts): string {
  const there = read - imported;
  return [
    `Read ${count(read, 'message')}: ${imported.toLocaleString('en-US')} imported`,
    ...(there > 0 ? [`${there.toLocaleString('en-US')} there already`] : []),
    ...(unclaimed > 0
      ? [`${unclaimed.toLocaleString('en-US')} in @catchall, because they are nobody's`]
      : []),
    ...(unparsable > 0 ? [`${unparsable.toLocaleString('en-US')} not parsed`] : []),
  ]
    .join(', ')
    .concat('.');
}

/** `rollcall archives resolve ADDRESS…`, or a message on standard input */
export async function resolve(
  addresses: string[],
  options: ArchivesOptions & { format: 'text' | 'json' },
): Promise<void> {
  const keys = addresses.length > 0 ? addresses.map(addressKeyOf) : await addressesOfStdin();
  const names = await inDatabase(options, 'read', (db) => resolveArchives(db, keys));
  if (options.format === 'json') {
    await printJson('archives resolve', [{ type: 'resolve', addresses: keys, archives: names }]);
  } else await say(names.map(visible).join('\n'));
}

async function addressesOfStdin(): Promise<string[]> {
  if (process.stdin.isTTY)
    throw new RollcallError('usage', 'resolve needs an address, or a message on standard input');
  try {
    return await addressesOf(await buffer(process.stdin));
  } catch {
    throw new RollcallError('failed', 'what came on standard input is no message: it has no header');
  }
}

/** `rollcall archives export NAME` */
export async function exportArchive(
  name: string,
  options: ArchivesOptions & { format: 'mbox' | 'maildir' },
): Promise<void> {
  const maildir = options.format === 'maildir' ? options.output : null;
  if (maildir === undefined) throw new RollcallError('usage', 'a Maildir needs a folder: --output FOLDER');
  await withStore(options, async ({ store, signal }) => {
    const reading = <T>(work: Parameters<typeof inTransaction<T>>[2]) => inTransaction(store, signal, work);
    const { id } = await reading(async (db) => {
      await migrate(db, store.schema);
      return { commit: false, value: await findArchive(db, name) };
    });
    const sink = maildir === null ? await Sink.open(options.output) : null;
    if (maildir !== null) await makeMaildir(maildir);
    // One short transaction for each piece: whoever reads slowly must not keep one open.
    for (let last = '0'; ;) {
      const messages = await reading(async (db) => ({
        commit: false,
        value: await readMessages(db, id, last, 50),
      }));
      for (const { id: number, raw } of messages) {
        if (sink !== null) await sink.write(toMbox(raw));
        else await writeFile(join(maildir ?? '', 'cur', `${number}.rollcall:2,S`), raw, { flag: 'wx' });
        last = number;
      }
      if (messages.length === 0) break;
    }
    await sink?.close();
  });
}

async function makeMaildir(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
    for (const part of ['cur', 'new', 'tmp']) await mkdir(join(folder, part), { mode: 0o700 });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new RollcallError(
      'usage',
      `${visible(folder)} ${exists ? 'exists already and was not touched' : 'cannot be made'} (--output)`,
    );
  }
}
