import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { RollcallError } from '../core/errors.ts';
import { keyOf } from '../core/names.ts';
import { archivePrivileges, contradiction } from '../core/privileges.ts';
import { count, safeJson, visible } from '../core/text.ts';
import { addressesOf } from '../mail/addresses.ts';
import { importMessages, whatStays, type ImportCounts } from '../mail/import.ts';
import { toMbox } from '../mail/mbox.ts';
import { readMessages as readSource, type SourceMessage } from '../mail/sources.ts';
import { schemaVersion } from '../report/json.ts';
import { findArchive, grantAccess, listArchives } from '../store/archives.ts';
import { readMessages, resolveArchives } from '../store/mail.ts';
import { migrate } from '../store/migrate.ts';
import { inTransaction } from '../store/transaction.ts';
import { inDatabase, withStore, type CommonOptions } from './context.ts';
import { printList, say } from './print.ts';
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
  await say(
    options.format === 'json' ? safeJson({ type: 'import', schemaVersion, ...counts }) : summaryOf(counts),
  );
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
  const keys =
    addresses.length > 0 ? addresses.map((address) => keyOf(address.trim())) : await addressesOfStdin();
  const names = await inDatabase(options, 'read', (db) => resolveArchives(db, keys));
  const asJson = options.format === 'json';
  await say(
    asJson
      ? safeJson({ type: 'resolve', schemaVersion, addresses: keys, archives: names })
      : names.map(visible).join('\n'),
  );
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
