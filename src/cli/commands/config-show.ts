import { resolve } from 'node:path';
import { visible } from '../../core/printable.ts';
import { configOf } from '../context.ts';
import type { Group } from '../globals.ts';
import { Sink } from '../sink.ts';
import { Terminal } from '../terminal.ts';

export const addConfigShow = (config: Group) =>
  config
    .command('show')
    .description('print the configuration with defaults filled in and secrets redacted')
    .addHelpText('after', '\nExample:\n  rollcall config show')
    .action(async (_, command) => {
      const { showConfig } = await import('../../config/load.ts');
      const options = command.optsWithGlobals();
      const file = configOf(options);
      const { yaml, warnings } = await showConfig(file, process);
      const terminal = new Terminal(options);
      warnings.forEach((warning) => terminal.warn(warning));
      const origin = file === '-' ? 'standard input' : visible(resolve(file));
      await (await Sink.open()).write(`# From ${origin}\n${yaml}`);
    });
