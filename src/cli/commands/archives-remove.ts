import { findOwnerless, removeArchive } from '../../accounts/archives.ts';
import { recordArchive } from '../../accounts/record-manual.ts';
import { RollcallError } from '../../core/errors.ts';
import { count, visible } from '../../core/printable.ts';
import { askAgain } from '../ask-again.ts';
import { inDatabase } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { say } from '../output.ts';

const define = (archives: Group) =>
  archives
    .command('remove')
    .description('remove an archive without an owner')
    .argument('<name>')
    .option('--with-mail', 'remove the mail in it, too; asks for the name again to confirm')
    .addHelpText('after', '\nExample:\n  rollcall archives remove john.doe --with-mail');

export const addArchivesRemove = (archives: Group) =>
  define(archives).action((name, _, command) => remove(name, command.optsWithGlobals()));

async function remove(name: string, options: OptionsOf<typeof define>): Promise<void> {
  const { withMail = false } = options;
  // Before the question: the archive may not exist or may have an owner.
  await inDatabase(options, 'read', (db) => findOwnerless(db, name));
  if (withMail && (await askAgain(questionOf(name))) !== name) {
    throw new RollcallError('usage', 'the name does not match; nothing was removed');
  }
  const messages = await inDatabase(options, 'write', (db, { store }) =>
    recordArchive(
      db,
      { actor: store.actor, command: 'archives remove' },
      [name],
      () => removeArchive(db, name, withMail),
      () => null,
    ),
  );
  await say(`Removed ${visible(name)}${messages > 0 ? `, with ${count(messages, 'message')}` : ''}.`);
}

const questionOf = (name: string) =>
  `This permanently deletes mail. Type the name of the archive, ${visible(name)}, to confirm: `;
