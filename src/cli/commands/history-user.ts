import { eventLines, personLine } from '../../report/event-lines.ts';
import { findPersons, nobodyNamed, type Person } from '../../sync/persons.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printJson, say } from '../output.ts';

export const addHistoryUser = (history: Group) =>
  history
    .command('user')
    .description('show everything that happened to a user, also to one who is no longer stored')
    .argument('<name>', 'a present or past name')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall history user john.doe')
    .action(async (name, _, command) => {
      const options = command.optsWithGlobals();
      const persons = await inDatabase(options, 'read', (db) => findPersons(db, name));
      if (persons.length === 0) throw nobodyNamed(name);
      if (options.format === 'json') await printJson('history user', persons.flatMap(eventsOf));
      else
        await say(persons.map((person, i) => textOf(person, persons.length > 1 ? i + 1 : null)).join('\n\n'));
    });

const eventsOf = ({ events }: Person, i: number) =>
  events.map((event) => ({ type: 'event', person: i + 1, ...event }));

function textOf(person: Person, number: number | null): string {
  const lines = person.events.flatMap(eventLines);
  return [personLine(person, number), ...(lines.length > 0 ? lines : ['  nothing is recorded'])].join('\n');
}
