import { count, visible } from '../../core/printable.ts';
import { forgetPersons } from '../../sync/forget-persons.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printJson, say } from '../output.ts';

export const addUsersForget = (users: Group) =>
  users
    .command('forget')
    .description('take a user who is no longer stored out of the history; cannot be undone')
    .argument('<user>', 'a past name')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall users forget john.doe')
    .action(async (userName, _, command) => {
      const options = command.optsWithGlobals();
      const done = await inDatabase(options, 'write', (db) => forgetPersons(db, userName));
      if (options.format === 'json')
        return printJson('users forget', [{ type: 'forgotten', userName, ...done }]);
      const { persons, changes, byHand, archives, stored } = done;
      await say(
        [
          `Forgot ${count(persons, 'person', 'persons')} named ${visible(userName)}: ${count(changes, 'change')} by runs, ${byHand} by hand.`,
          ...(archives.length > 0
            ? [`Still named after them, with their mail: ${archives.map(visible).join(', ')}.`]
            : []),
          ...(stored === null ? [] : [`${visible(stored)}, who is stored, was left alone.`]),
        ].join(' '),
      );
    });
