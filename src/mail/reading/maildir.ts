import { constants, type Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { reasonOf } from '../../core/errors.ts';
import { count, visible } from '../../core/printable.ts';
import { leftOut, noted, type Found } from '../found.ts';
import { readFile } from './file.ts';

/** A path whose characters are its bytes (latin1): a mail server may give a file a name that is not UTF-8. */
type Path = string;

/** How often a folder is listed, for what was renamed or delivered meanwhile. */
const passes = 10;

const mailFolders = ['cur', 'new', 'tmp'];

/** Files of mail servers beside `cur` and `new`, which hold no mail. */
const ofServers =
  /^(?:\.?dovecot|\.?courier|maildirsize$|maildirfolder$|subscriptions$|\.subscriptions$|shared-)/;

/** Whether a folder is a Maildir: it, or a folder in it, has `cur` or `new`. */
export async function isMaildir(folder: string): Promise<boolean> {
  const root = pathOf(folder);
  const entries = await list(root);
  if (holdsMail(entries)) return true;
  for (const entry of entries) {
    // What cannot be read is told when its turn comes.
    const inside = entry.isDirectory() ? list(within(root, entry.name)).catch(() => []) : [];
    if (holdsMail(await inside)) return true;
  }
  return false;
}

/**
 * Reads a Maildir with its folders (Maildir++, or folders in folders). It may be in use: a message that is renamed or moved
 * from `new` to `cur` is found again. What is left out, like the incomplete messages in `tmp`, is told.
 */
export const readMaildir = (folder: string): AsyncGenerator<Found> => readFolder(pathOf(folder));

async function* readFolder(folder: Path): AsyncGenerator<Found> {
  try {
    const entries = await list(folder);
    const others = entries.filter(({ name }) => !mailFolders.includes(name));
    if (holdsMail(entries)) yield* readMessages(folder);
    else if (!others.some((entry) => entry.isDirectory())) {
      yield noted(nameOf(folder), 'it is no Maildir, and was left out');
    }
    const loose = others.filter((entry) => entry.isFile() && !ofServers.test(entry.name));
    if (loose.length > 0 && holdsMail(entries)) {
      yield noted(nameOf(folder), `${count(loose.length, 'file')} beside cur and new left out`);
    }
    for (const entry of others) {
      const path = within(folder, entry.name);
      if (entry.isDirectory()) yield* readFolder(path);
      else if (entry.isSymbolicLink() && !ofServers.test(entry.name)) yield aLink(nameOf(path));
    }
  } catch (error) {
    yield leftOut(nameOf(folder), visible(reasonOf(error)));
  }
}

async function list(folder: Path): Promise<Dirent[]> {
  const entries = await readdir(bytesOf(folder), { withFileTypes: true, encoding: 'latin1' });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const holdsMail = (entries: readonly Dirent[]) =>
  entries.some((entry) => entry.isDirectory() && ['cur', 'new'].includes(entry.name));

/** Reads `new` and `cur` of one folder. */
async function* readMessages(folder: Path): AsyncGenerator<Found> {
  const seen = new Set<string>();
  /** Listed, but no longer there. */
  const missing = new Set<string>();
  let isSettled = false;
  for (let pass = 1; pass <= passes && !isSettled; pass++) {
    const fresh = (await messagesIn(folder)).filter(({ base }) => !seen.has(base));
    for (const { base, path } of fresh) {
      missing.add(base);
      for await (const found of readOne(path)) {
        missing.delete(base);
        yield found;
      }
    }
    // At the end of a pass: two messages whose names differ only in their flags are two.
    for (const { base } of fresh) if (!missing.has(base)) seen.add(base);
    isSettled = fresh.length === 0;
  }
  if (missing.size > 0) {
    const messages = count(missing.size, 'message');
    yield isSettled
      ? noted(nameOf(folder), `${messages} deleted while it was read`)
      : leftOut(nameOf(folder), `${messages} renamed again and again while it was read; import it once more`);
  }
  const incomplete = await filesIn(within(folder, 'tmp'));
  if (incomplete.length > 0) {
    yield noted(nameOf(within(folder, 'tmp')), `${count(incomplete.length, 'incomplete message')} left out`);
  }
}

interface Listed {
  /** The part of the name that stays. */
  base: string;
  path: Path;
}

/** The messages of a folder. `new` is listed first, so that one that is moved to `cur` meanwhile is listed at least once. */
async function messagesIn(folder: Path): Promise<Listed[]> {
  const found: Listed[] = [];
  for (const part of ['new', 'cur']) {
    const parent = within(folder, part);
    for (const name of await filesIn(parent)) {
      found.push({ base: name.replace(/[:;!]2,.*$/s, ''), path: within(parent, name) });
    }
  }
  return found.sort((a, b) => (a.base < b.base ? -1 : 1));
}

/** Without names that start with a dot, which are no messages by the definition of a Maildir. */
async function filesIn(folder: Path): Promise<string[]> {
  try {
    return (await readdir(bytesOf(folder), 'latin1')).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Reads one file; nothing when it is no longer there. */
async function* readOne(path: Path): AsyncGenerator<Found> {
  const place = nameOf(path);
  try {
    // Neither a link to a file of others nor a pipe that nobody writes to.
    const file = await open(bytesOf(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if ((await file.stat()).isFile()) {
        yield* readFile(file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>, place);
      } else yield noted(place, 'it is no file, and was left out');
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') yield aLink(place);
    else if (code !== 'ENOENT') yield leftOut(place, visible(reasonOf(error)));
  }
}

const aLink = (place: string) => leftOut(place, 'it is a symbolic link, which is not followed');

const within = (folder: Path, name: string): Path => `${folder}/${name}`;

const pathOf = (folder: string): Path => Buffer.from(folder.replace(/(?<=.)\/+$/, '')).toString('latin1');

const bytesOf = (path: Path) => Buffer.from(path, 'latin1');

const nameOf = (path: Path) => visible(bytesOf(path).toString());
