import { RollcallError } from '../../core/errors.ts';
import { count, cut, visible } from '../../core/printable.ts';
import { nameOf } from '../../database/store.ts';
import { findMessage, removeMessage, type MessageSummary } from '../../mail/remove-message.ts';
import { askAgain } from '../ask-again.ts';
import { inDatabase } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { say } from '../output.ts';

const define = (archives: Group) =>
  archives
    .command('remove-message')
    .description('remove a message from all archives; asks for its number again to confirm')
    .argument('<message>', 'its number, as in the files of a Maildir export, or its SHA-256')
    .addHelpText('after', '\nExample:\n  rollcall archives remove-message 1234');

export const addArchivesRemoveMessage = (archives: Group) =>
  define(archives).action((message, _, command) => remove(message, command.optsWithGlobals()));

async function remove(which: string, options: OptionsOf<typeof define>): Promise<void> {
  const message = await inDatabase(options, 'read', (db) => findMessage(db, which));
  const { id, archives } = message;
  const question = `${describe(message)}\nThis permanently deletes it. Type its number, ${id}, to confirm: `;
  if ((await askAgain(question)) !== id) {
    throw new RollcallError('usage', 'the number does not match; nothing was removed');
  }
  await inDatabase(options, 'write', async (db, { store: { actor } }) => {
    await removeMessage(db, await findMessage(db, id), nameOf(actor));
  });
  await say(
    `Removed message ${id} from ${archives.map(visible).join(', ')}. An import does not bring it back.`,
  );
}

/** In characters of a field. */
const longest = 200;

const describe = ({ id, digest, size, archives, from, subject, date }: MessageSummary) =>
  [
    `Message ${id}: ${count(size, 'byte')}, SHA-256 ${digest}`,
    `  From: ${visible(cut(from ?? '', longest))}`,
    `  Date: ${visible(cut(date ?? '', longest))}`,
    `  Subject: ${visible(cut(subject ?? '', longest))}`,
    `  In: ${archives.map(visible).join(', ')}`,
  ].join('\n');
