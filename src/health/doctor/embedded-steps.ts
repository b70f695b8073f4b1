import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { constants } from 'node:fs';
import { reasonOf, RollcallError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import { checkFolder, exists, isCreated, neededSpace, places } from '../../database/embedded/folder.ts';
import { openEmbedded } from '../../database/embedded/open-embedded.ts';
import type { Actor } from '../../database/store.ts';
import { holderNow } from '../../files/file-lock.ts';
import { freeSpace, inMegabytes } from './machine-steps.ts';
import { moment, type Patience } from './patience.ts';
import { schemaOf } from './schema-step.ts';
import { failed, failure, isFit, ok, skipped, warning } from './verdicts.ts';

const roomy = 512 * 2 ** 20;

/**
 * An embedded store: its folder, the space on its disk, who holds it, and its tables.
 *
 * @param opening how long it may take to open it, in milliseconds
 */
export async function* embeddedSteps(
  folder: string,
  actor: Actor,
  opening: number,
  patience: Patience,
): AsyncGenerator<Finding> {
  const found = await patience.step('storeFolder', moment, () => folderFindings(folder, actor.uid));
  yield* found;
  if (!isFit(found)) {
    for (const check of ['storeSpace', 'databaseLocks', 'databaseSchema'])
      yield skipped(check, 'the folder cannot be used');
    return;
  }
  yield* await patience.step('storeSpace', moment, () => spaceFindings(folder));
  const held = await patience.step('databaseLocks', moment, () => runFindings(folder, actor));
  yield* held;
  if (held.some(({ grade }) => grade === 'warning')) {
    yield skipped('databaseSchema', 'a run uses the store');
    return;
  }
  yield* await patience.step('databaseSchema', moment + opening, (signal) =>
    tables(folder, actor, opening, signal),
  );
}

async function folderFindings(folder: string, uid: number): Promise<Finding[]> {
  const check = 'storeFolder';
  const name = visible(folder);
  const stats = await stat(folder).catch(() => null);
  if (stats === null) {
    try {
      await checkFolder(folder, uid);
      await access(dirname(folder), constants.W_OK | constants.X_OK);
    } catch (error) {
      if (error instanceof RollcallError) return [failure(check, error)];
      const said = `${name} cannot be created in its folder: ${visible(reasonOf(error))}`;
      return [failed(check, said, 'create that folder, or set database.embedded to another one')];
    }
    return [ok(check, `${name} does not exist yet: the first run creates it`)];
  }
  await checkFolder(folder, uid);
  if ((stats.mode & 0o077) === 0) return [ok(check, `only this user can use ${name}`)];
  const hint = 'the next command that opens it closes it to them; or chmod 700 it now';
  return [warning(check, `${name} is open to other users of this machine`, hint)];
}

async function spaceFindings(folder: string): Promise<Finding[]> {
  const check = 'storeSpace';
  const needed = neededSpace(!(await isCreated(folder)));
  const free = await freeSpace((await exists(folder)) ? folder : dirname(folder));
  const said = `${inMegabytes(free)} are free on the disk of the store`;
  if (free < needed)
    return [failed(check, `${said}, and it needs ${inMegabytes(needed)}`, 'free some space')];
  return free < roomy ? [warning(check, said, 'free some space: it grows with the mail')] : [ok(check, said)];
}

/** A run that starts now must not meet a lock of ours, so that its holder is only read. */
async function runFindings(folder: string, actor: Actor): Promise<Finding[]> {
  const check = 'databaseLocks';
  const holder = await holderNow(places(folder).run, actor.host);
  if (holder === null) return [ok(check, 'no run is under way')];
  return [warning(check, `a run is under way: ${holder}`, 'until it ends, another one exits with 75')];
}

/** Opens the store as every command that reads does, if that changes nothing about the folder. */
async function tables(
  folder: string,
  actor: Actor,
  opening: number,
  signal: AbortSignal,
): Promise<Finding[]> {
  const check = 'databaseSchema';
  if (!(await isCreated(folder)))
    return [ok(check, 'there are no tables yet: the first sync now creates them')];
  const isOpen = ((await stat(folder)).mode & 0o077) !== 0;
  if (isOpen) return [skipped(check, 'opening it would change the mode of the folder')];
  if (!(await exists(places(folder).lock))) return [skipped(check, 'opening it would create its lock')];
  const store = await openEmbedded(folder, actor, { lock: 0, opening });
  try {
    await store.open();
    return [(await schemaOf(store, signal)).finding];
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RollcallError)) throw error;
    if (error.outcome === 'locked') {
      const said = `not looked at: ${error.message}`;
      return [warning(check, said, 'it is open for a moment only, unless something hangs: try again')];
    }
    const isSlow = error.message.includes('it did not open within');
    return [
      isSlow
        ? skipped(check, 'the store takes too long to open beside a run that may start')
        : failure(check, error),
    ];
  } finally {
    await store.close();
  }
}
