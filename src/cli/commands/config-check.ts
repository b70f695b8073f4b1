import { visible } from '../../core/printable.ts';
import { loadConfiguration } from '../context.ts';
import type { Group } from '../globals.ts';
import { say } from '../output.ts';
import { Terminal } from '../terminal.ts';

export const addConfigCheck = (config: Group) =>
  config
    .command('check')
    .description('report every problem in the configuration')
    .addHelpText('after', '\nExample:\n  rollcall config check')
    .action(async (_, command) => {
      const options = command.optsWithGlobals();
      const { file } = await loadConfiguration(options, new Terminal(options));
      await say(`${file === '-' ? 'The configuration' : visible(file)} is valid.`);
    });
