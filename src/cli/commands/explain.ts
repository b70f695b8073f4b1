import { Option } from '@commander-js/extra-typings';
import { queryKinds, type Explained, type Query } from '../../core/explained.ts';
import type { Members } from '../../core/members.ts';
import { RollcallError } from '../../core/errors.ts';
import { count, visible } from '../../core/printable.ts';
import { version } from '../../files/assets.ts';
import { jsonExplanation, jsonHeader, jsonSummary } from '../../report/json.ts';
import type { RunObserver } from '../../sync/run.ts';
import { withStore } from '../context.ts';
import { directoryOf } from '../directory-of.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { elapsed, endOf, streamHeader } from '../output.ts';
import { Phases } from '../phases.ts';
import { runProgress } from '../run-progress.ts';
import { Sink } from '../sink.ts';
import { terminalWidth, type Terminal } from '../terminal.ts';

const define = (explain: Group) =>
  explain
    .argument('<query>', 'a user name, an address or a distinguished name')
    .addOption(new Option('--by <kind>', 'take it for this, and for nothing else').choices(queryKinds))
    .option('--listing <file>', 'ask a listing in a file (- for standard input) instead of the directory')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall explain john.doe@example.com');

type Options = OptionsOf<typeof define>;

export const addExplain = (command: Group) =>
  define(command).action((text, _, command) => explain(text, command.optsWithGlobals()));

/** A test run, whose tables are looked at before it is rolled back. */
async function explain(text: string, options: Options): Promise<void> {
  const query: Query = { text, by: options.by ?? null };
  if (text.trim() === '') throw new RollcallError('usage', 'explain needs a name, an address or a DN');
  await withStore(options, async ({ config, store, terminal, signal }) => {
    const { openDirectory } = await import('../../directory/open-directory.ts');
    const { explainPeople } = await import('../../sync/explain-people.ts');
    const { sync } = await import('../../sync/run.ts');
    const directory = openDirectory(directoryOf(config, options.listing));
    const phases = new Phases(terminal, await terminal.progress());
    const settings = { ...config, version, acceptMissing: [], answers: { same: [], new: [] } };
    const { loginWhileGone } = config.options;
    const asked = { ...config, query, checksPasswords: 'url' in config.directory, loginWhileGone, signal };
    let found = null as Explained | null;
    const observer: RunObserver = {
      ...runProgress(terminal, phases),
      look: async (db, listing, result) => {
        found = await explainPeople(db, listing, result, asked);
      },
      plan: () => Promise.resolve(),
    };
    try {
      phases.at('asking');
      await sync(settings, directory, store, false, observer, signal);
    } finally {
      phases.end();
    }
    if (found !== null) await print(found, query, options.format, config.members, terminal);
  });
}

async function print(
  found: Explained,
  query: Query,
  format: 'text' | 'json',
  members: Members,
  terminal: Terminal,
) {
  const { explanations, omitted, entries, users } = found;
  if (explanations.length === 0) throw nobody(found, query);
  const sink = await Sink.open();
  if (format === 'json') {
    await sink.write(jsonHeader(streamHeader('explain')));
    for (const explanation of explanations) await sink.write(jsonExplanation(explanation));
    const counts = { items: explanations.length, omitted, entries, users };
    await sink.write(jsonSummary(counts, endOf('done'), elapsed()));
    return;
  }
  const { explanationPage } = await import('../../report/explanation.ts');
  const paint = await terminal.paint(false);
  const pages = explanations.map((explanation) =>
    explanationPage(explanation, paint, terminalWidth(), members),
  );
  await sink.write(pages.join('\n'));
  if (omitted > 0) terminal.note(`at least ${count(omitted, 'more is', 'more are')} not shown`);
}

function nobody({ entries, users }: Explained, { text, by }: Query): RollcallError {
  const kinds = { name: 'name', address: 'address', dn: 'distinguished name' };
  const what = by === null ? 'name, address or distinguished name' : kinds[by];
  return new RollcallError(
    'failed',
    `nobody has the ${what} "${visible(text)}"; ${count(entries, 'entry', 'entries')} of the directory and ${count(users, 'stored user')} were searched`,
  );
}
