import type { Group } from '../globals.ts';
import { Sink } from '../sink.ts';
import { Terminal } from '../terminal.ts';

export const addConfigShow = (config: Group) =>
  config
    .command('show')
    .description('print the configuration with defaults filled in and secrets redacted')
    .addHelpText('after', '\nExample:\n  rollcall config show')
    .action(async (_, command) => {
      const { findConfig, showConfig } = await import('../../config/load.ts');
      const options = command.optsWithGlobals();
      const { yaml, warnings } = await showConfig(findConfig(options.config, process.env), process);
      const terminal = new Terminal(options);
      warnings.forEach((warning) => terminal.warn(warning));
      await (await Sink.open()).write(yaml);
    });
