import { safeJson } from '../core/printable.ts';
import { blockMembers, schemaVersion, withWords } from '../report/json.ts';
import { changeCounts } from '../report/words.ts';
import type { FinishedRun } from './finished-run.ts';
import type { Event } from './after-settings.ts';

/** The body of a webhook: Slack and Mattermost show its `text`, programs read the rest. */
export function webhookBody(run: FinishedRun, events: Event[]): string {
  const { command, database, startedAt, endedAt, outcome, exitCode, result, error } = run;
  return safeJson({
    schemaVersion,
    text: textOf(run, events),
    events,
    summary: {
      ...{ command, database, outcome, exitCode, startedAt },
      durationMs: endedAt.getTime() - startedAt.getTime(),
      counts: result?.counts ?? null,
      committed: result !== null && result.run !== null,
      run: result?.run ?? null,
      held: result?.held ? blockMembers(result.held) : null,
      error,
    },
    blocks: result?.blocks.map(blockMembers) ?? [],
    doubts: run.doubts.examples.map(withWords),
  });
}

function textOf(run: FinishedRun, events: Event[]): string {
  const { command, database, result, error, doubts } = run;
  const lines = [
    `rollcall ${command}, ${code(database)}: ${events.map((event) => titles[event]).join(', ')}`,
  ];
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
