import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePrivateFolder } from './private.ts';

/** The folder of this user for what only they may see or make, until the machine starts again. */
export const privateFolder = (uid: number) => join(tmpdir(), `rollcall-${uid}`);

/** The name of a file in it: what stands for something that has many characters. */
export const shortId = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** A small value that this user keeps on this machine. It may be gone at any time. */
export class Keepsake {
  readonly #prepare: () => Promise<void>;
  readonly #file: string;

  /**
   * @param name of the value, any string
   * @param folder that only this user can write to; by default, their private one, which is made if needed
   */
  constructor(name: string, uid: number, folder = privateFolder(uid)) {
    this.#file = join(folder, shortId(name));
    this.#prepare = () =>
      folder === privateFolder(uid) ? makePrivateFolder(folder, uid) : Promise.resolve();
  }

  /** Null if there is none, or somebody else may have made it. */
  async read(): Promise<unknown> {
    try {
      await this.#prepare();
      return JSON.parse(await readFile(this.#file, 'utf8')) as unknown;
    } catch {
      return null;
    }
  }

  /** @throws RollcallError, Error when it cannot be kept */
  async write(value: unknown): Promise<void> {
    await this.#prepare();
    await writeFile(this.#file, JSON.stringify(value), { mode: 0o600 });
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}
