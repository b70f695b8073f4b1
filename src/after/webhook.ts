import { safeJson } from '../core/printable.ts';
import { blockMembers, schemaVersion, withWords } from '../report/json.ts';
import { changeCounts } from '../report/words.ts';
import type { FinishedRun } from './finished-run.ts';
import type { Event } from './after-settings.ts';
import type { News } from './news.ts';

/** The body of a webhook: Slack and Mattermost show its `text`, programs read the rest. */
export function webhookBody(run: FinishedRun, news: News): string {
  const { command, database, startedAt, endedAt, outcome, exitCode, result, error } = run;
  return safeJson({
    schemaVersion,
    text: textOf(run, news),
    events: news.events,
    summary: {
      ...{ command, database, outcome, exitCode, startedAt },
      durationMs: endedAt.getTime() - startedAt.getTime(),
      counts: result?.counts ?? null,
      committed: result !== null && result.run !== null,
      run: result?.run ?? null,
      // Not a member of its own: Slack has one of this name.
      blocks: result?.blocks.map(blockMembers) ?? [],
      held: result?.held ? blockMembers(result.held) : null,
      error,
    },
    doubts: run.doubts.examples.map(withWords),
  });
}

function textOf(run: FinishedRun, { events, over, state }: News): string {
  const { command, database, result, error, doubts } = run;
  const lines = [
    `rollcall ${command}, ${code(database)}: ${events.map((event) => titles[event]).join(', ')}`,
  ];
  if (over.length > 0) {
    const rest = [...new Set(state.map((part) => part.split(' ', 1)[0]))];
    lines.push(
      `no longer: ${over.join(', ')}; ${rest.length > 0 ? `still: ${rest.join(', ')}` : 'all is well'}`,
    );
  }
  if (error !== null) lines.push(code(error.message));
  for (const block of result?.blocks ?? []) lines.push(code(blockMembers(block).message));
  if (result?.held) lines.push(code(blockMembers(result.held).message));
  if (result?.counts.doubts) {
    const names = doubts.examples.map(({ userName }) => code(userName));
    const rest = result.counts.doubts - names.length;
    lines.push(`in doubt: ${[...names, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')}`);
  }
  if (result !== null && result.run !== null)
    lines.push(`run ${result.run}: ${changeCounts(result.counts, true) || 'no changes'}`);
  return lines.join('\n');
}

const titles: Record<Event, string> = {
  blocked: 'BLOCKED, nothing was written',
  failed: 'FAILED',
  held: 'deletions are HELD, everything else was written',
  doubt: 'entries are IN DOUBT',
  recovered: 'recovered',
  changed: 'users have changed',
  success: 'done',
};

/**
 * Text from outside, as code: in it, nobody is mentioned, and nothing becomes a link. Slack reads `&`, `<` and `>` even there.
 */
function code(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '`': "'" };
  return `\`${text.replace(/[&<>`]/g, (char) => entities[char] ?? char).replace(/\s+/g, ' ')}\``;
}
