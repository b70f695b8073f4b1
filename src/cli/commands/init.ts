import { copyFile, constants } from 'node:fs/promises';
import { writeReasonOf, RollcallError } from '../../core/errors.ts';
import { shellWord, visible } from '../../core/printable.ts';
import { exampleConfig } from '../../files/assets.ts';
import type { Group } from '../globals.ts';
import { say } from '../output.ts';

export const addInit = (command: Group) =>
  command
    .argument('[file]', 'the file to write (default: that of --config, then rollcall.yaml)')
    .addHelpText('after', '\nExample:\n  rollcall init && rollcall config check')
    .action((file, _, command) => init(file, command.optsWithGlobals().config));

async function init(argument: string | undefined, option: string | undefined): Promise<void> {
  if (argument !== undefined && option !== undefined && argument !== option)
    throw new RollcallError('usage', 'init needs one file: as an argument, or as --config');
  const file = argument ?? option ?? 'rollcall.yaml';
  try {
    await copyFile(exampleConfig, file, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new RollcallError('failed', `${visible(file)} already exists and was not changed`);
    }
    throw new RollcallError('failed', `cannot write ${visible(file)}: ${writeReasonOf(error)}`);
  }
  const rollcall = file === 'rollcall.yaml' ? 'rollcall' : `rollcall --config ${shellWord(file)}`;
  await say(
    `Wrote ${visible(file)}. Set directory.url in it, then try "${rollcall} directory check" (if it is a server), "${rollcall} doctor" and "${rollcall} sync test".`,
  );
}
