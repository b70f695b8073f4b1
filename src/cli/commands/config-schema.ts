import type { Group } from '../globals.ts';
import { say } from '../output.ts';

export const addConfigSchema = (config: Group) =>
  config
    .command('schema')
    .description('print a JSON Schema of the configuration, for editors')
    .addHelpText('after', '\nExample:\n  rollcall config schema')
    .action(async () => {
      const { jsonSchema } = await import('../../config/schema.ts');
      await say(JSON.stringify(jsonSchema(), null, 2));
    });
