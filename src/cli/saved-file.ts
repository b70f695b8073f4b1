import { createHash } from 'node:crypto';
import { reasonOf, RollcallError } from '../core/errors.ts';
import type { PlanItem } from '../core/plan.ts';
import { visible } from '../core/printable.ts';
import type { About, SavedRow } from '../core/saved.ts';
import { openReadable } from '../files/readable.ts';
import { Spool } from '../files/spool.ts';
import type { Header } from '../report/format.ts';
import { itemOf } from '../report/read-json.ts';
import type { SavedPlan } from '../sync/apply-saved.ts';
import { beginning } from './plan-draft.ts';

/** A saved plan whose digest is right. Read from a copy, so that nobody can change it afterwards. */
export class SavedFile implements Omit<SavedPlan, 'directory' | 'database'> {
  readonly about: About;
  readonly header: Pick<Header, 'version' | 'startedAt' | 'directory' | 'database' | 'mode'>;
  readonly #spool: Spool;

  /** @throws RollcallError when it cannot be read, is no saved plan, or was changed in a single byte */
  static async open(file: string): Promise<SavedFile> {
    const spool = await Spool.create();
    try {
      await copy(file, spool);
      await expectDigest(file, spool);
      const lines = linesOf(spool);
      const [about, header] = [(await lines.next()).value, (await lines.next()).value];
      return new SavedFile(parse(about) as About, parse(header) as SavedFile['header'], spool);
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  private constructor(about: About, header: SavedFile['header'], spool: Spool) {
    this.about = { ...about, createdAt: new Date(about.createdAt) };
    const { version, directory, database, mode } = header;
    this.header = { version, directory, database, mode, startedAt: new Date(header.startedAt) };
    this.#spool = spool;
  }

  readonly items = async function* (this: SavedFile): AsyncGenerator<PlanItem> {
    for await (const line of linesOf(this.#spool)) {
      if (line.startsWith(rowBeginning)) continue;
      const item = itemOf(parse(line) as { type: string });
      if (item !== null) yield item;
    }
  }.bind(this);

  readonly rows = async function* (this: SavedFile): AsyncGenerator<SavedRow> {
    for await (const line of linesOf(this.#spool)) {
      if (line.startsWith(rowBeginning)) yield parse(line) as SavedRow;
    }
  }.bind(this);

  async close(): Promise<void> {
    await this.#spool.close();
  }
}

const rowBeginning = '{"type":"row"';

const parse = (line = ''): unknown => JSON.parse(line);

async function copy(file: string, spool: Spool): Promise<void> {
  try {
    const { stream } = await openReadable(file);
    for await (const chunk of stream) await spool.write(chunk as Buffer);
    await spool.flush();
  } catch (error) {
    if (error instanceof RollcallError) throw error;
    throw new RollcallError('failed', `${visible(file)} cannot be read: ${reasonOf(error)}`);
  }
}

/** The digest is that of the file without the digest. */
async function expectDigest(file: string, spool: Spool): Promise<void> {
  const digestLength = 'sha256:'.length + 64;
  const hash = createHash('sha256').update(beginning);
  let start = '';
  for await (const piece of spool.read()) {
    // The first piece is longer than the beginning and the digest, or the file is no plan.
    if (start === '') {
      start = piece.toString('latin1', 0, beginning.length + digestLength);
      hash.update(piece.subarray(start.length));
    } else hash.update(piece);
  }
  if (!start.startsWith(`${beginning}sha256:`))
    throw new RollcallError(
      'failed',
      `${visible(file)} is not a saved plan; "rollcall sync test --save FILE" makes one`,
    );
  if (start.slice(beginning.length) === `sha256:${hash.digest('hex')}`) return;
  throw new RollcallError(
    'failed',
    `${visible(file)} was changed after it was saved, or is not whole: its digest does not fit; nothing was changed`,
  );
}

/** The lines of a spool; one may be longer than a piece. */
async function* linesOf(spool: Spool): AsyncGenerator<string, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of spool.read()) {
    let text = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10)) {
      yield text.toString('utf8', 0, end);
      text = text.subarray(end + 1);
    }
    rest = text;
  }
}
