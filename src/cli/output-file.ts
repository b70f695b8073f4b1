import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, open, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { RollcallError, writeReasonOf } from '../core/errors.ts';
import { visible } from '../core/printable.ts';

/** What a file for a result must not be. */
export interface Taboo {
  /** The option that names it. */
  option?: '--output' | '--save';
  /** Another file that is written at the same time. */
  other?: string | undefined;
  /** The configuration in use. */
  config?: string;
  /** It must not be there at all; a device or a pipe may. */
  mustBeNew?: boolean;
}

/**
 * A file that gets its content all at once, when it is complete: until then the old one stays. Only its owner can read it,
 * unless they had the file before: then it keeps its permissions. A device or a pipe is written directly.
 */
export class OutputFile {
  readonly handle: FileHandle;
  /** The file that is written, and the one that it becomes; null when it is written directly. */
  readonly #draft: { path: string; target: string } | null;

  constructor(handle: FileHandle, draft: { path: string; target: string } | null) {
    this.handle = handle;
    this.#draft = draft;
  }

  get isDraft(): boolean {
    return this.#draft !== null;
  }

  /** Puts a complete content in its place. The handle is closed. */
  async finish(): Promise<void> {
    if (this.#draft !== null) await rename(this.#draft.path, this.#draft.target);
  }

  /** Leaves everything as it was. The handle is closed. */
  async abandon(): Promise<void> {
    if (this.#draft !== null) await unlink(this.#draft.path);
  }
}

/** @throws RollcallError (64) when it cannot be written, or is one that it must not be */
export async function openOutput(file: string, taboo: Taboo): Promise<OutputFile> {
  try {
    return await openUnless(taboo, file);
  } catch (error) {
    if (error instanceof RollcallError) throw error;
    const { option = '--output' } = taboo;
    throw refusal(`cannot write to ${visible(file)} (${option}): ${visible(reasonFor(error))}`);
  }
}

async function openUnless(
  { option = '--output', other, config, mustBeNew = false }: Taboo,
  file: string,
): Promise<OutputFile> {
  const me = process.geteuid?.() ?? 0;
  const link = await ifThere(lstat(file));
  // In a folder for all, another user may have made it, to have something of ours replaced.
  if (link?.isSymbolicLink() === true && link.uid !== me && link.uid !== 0)
    throw refusal(`${visible(file)} is a link of another user (${option})`);
  const old = await ifThere(stat(file));
  if (old !== null && !old.isFile()) return new OutputFile(await openDirectly(file), null);
  // A link stays a link.
  const target = await realpath(file).catch(() => file);
  if (config !== undefined && (await realpath(config).catch(() => config)) === target)
    throw refusal(`${visible(file)} is the configuration in use and was not changed (${option})`);
  if (other !== undefined && resolve(await realpath(other).catch(() => other)) === resolve(target))
    throw refusal(`${visible(file)} is the file of --output, too (${option})`);
  if (old === null || option === '--save') return openDraft(target, 0o600);
  if (mustBeNew)
    throw refusal(`${visible(file)} already exists and was not changed (${option}); --overwrite replaces it`);
  return openDraft(target, old.uid === me ? old.mode & 0o777 : 0o600);
}

async function openDraft(target: string, mode: number): Promise<OutputFile> {
  const path = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  const handle = await open(path, 'wx', 0o600);
  await handle.chmod(mode);
  return new OutputFile(handle, { path, target });
}

/** Null if there is no such file. */
const ifThere = (stats: Promise<Stats>) =>
  stats.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });

/** Opening a pipe that nobody reads would wait for ever, deaf to every signal. */
async function openDirectly(path: string): Promise<FileHandle> {
  const probe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    return await open(path, 'a');
  } finally {
    await probe.close();
  }
}

const reasonFor = (error: unknown) =>
  (error as NodeJS.ErrnoException).code === 'ENXIO' ? 'nobody reads it' : writeReasonOf(error);

const refusal = (message: string) => new RollcallError('usage', message);
