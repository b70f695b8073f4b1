import { createHash } from 'node:crypto';
import type { PlanItem, RunResult } from '../core/plan.ts';
import { safeJson } from '../core/printable.ts';
import { nameOf, type Actor } from '../database/store.ts';
import { Spool } from '../files/spool.ts';
import type { Format, Header } from '../report/format.ts';
import type { Saving } from '../sync/run.ts';
import { endOf } from './output.ts';
import type { Sink } from './sink.ts';

/** The beginning of a saved plan, up to its digest. */
export const beginning = '{"type":"plan","digest":"';

/** A plan on its way to a file, which gets it when the run is over. */
export class PlanDraft {
  readonly #spool: Spool;
  readonly #hash = createHash('sha256');
  readonly #about: string;

  /**
   * Writes what is shown, and the rows that it is applied from.
   *
   * @param format the one of the file: JSON
   */
  static async make(
    format: Format,
    actor: Actor,
    header: Header,
    { counts, blocks, held, firstDeletions }: RunResult,
    items: AsyncIterable<PlanItem>,
    { load, asked, undoes, basis, rows }: Saving,
  ): Promise<PlanDraft> {
    const createdAt = new Date();
    const about = { createdAt, actor: nameOf(actor), ...(await basis()), undoes, asked };
    const found = { counts, load, blocks, held, firstDeletions };
    const draft = new PlanDraft(await Spool.create(), `",${safeJson({ ...about, ...found }).slice(1)}\n`);
    try {
      await draft.#write(format.header(header));
      for await (const item of items) await draft.#write(await format.item(item));
      for await (const row of rows()) await draft.#write(`${safeJson(row)}\n`);
      const end = endOf(blocks.length > 0 ? 'blocked' : held === null ? 'done' : 'held');
      const durationMs = createdAt.getTime() - header.startedAt.getTime();
      const result = { ...found, committed: false, run: null, durationMs, next: null };
      await draft.#write(format.summary({ ...header, ...result, ...end }));
      return draft;
    } catch (error) {
      await draft.close();
      throw error;
    }
  }

  private constructor(spool: Spool, about: string) {
    this.#spool = spool;
    this.#about = about;
    this.#hash.update(beginning + about);
  }

  async #write(piece: string): Promise<void> {
    const bytes = Buffer.from(piece);
    this.#hash.update(bytes);
    await this.#spool.write(bytes);
  }

  async saveTo(sink: Sink): Promise<void> {
    await sink.write(`${beginning}sha256:${this.#hash.digest('hex')}${this.#about}`);
    for await (const piece of this.#spool.read()) await sink.write(piece);
    await sink.close();
  }

  async close(): Promise<void> {
    await this.#spool.close();
  }
}
