import { Option } from '@commander-js/extra-typings';
import { withAge } from '../../core/health.ts';
import { readHealth } from '../../health/read-health.ts';
import { jsonStatus, statusText } from '../../report/status-words.ts';
import { withStore } from '../context.ts';
import type { Group } from '../globals.ts';
import { age, textOrJson } from '../option-values.ts';
import { endOf, printJson, say } from '../output.ts';

export const addStatus = (command: Group) =>
  command
    .addOption(
      new Option('--max-age <time>', 'how old the listing of the last success may be, such as 90m, 26h or 3d')
        .argParser(age)
        .default(age('26h'), '26h'),
    )
    .addOption(textOrJson())
    .addHelpText(
      'after',
      `
Exits with 0 if all is well, and with 1 if that is older or something is open: runs that fail or are
blocked, held deletions, doubts, an expiring certificate, a message that could not be sent. For Nagios,
1 is WARNING.

Example:
  rollcall status --max-age 3d`,
    )
    .action(async (_, command) => {
      const options = command.optsWithGlobals();
      await withStore(options, async ({ store, terminal, signal }) => {
        const health = withAge(await readHealth(store, signal), options.maxAge);
        const outcome = health.open.length === 0 ? 'done' : 'failed';
        if (options.format === 'json') await printJson('status', [jsonStatus(health)], outcome);
        else await say(statusText(health, await terminal.paint(false)));
        process.exitCode = endOf(outcome).exitCode;
      });
    });
