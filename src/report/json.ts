import { safeJson } from '../core/text.ts';
import type { Format } from './report.ts';

/** Raised when a member changes its meaning or goes; new members may come at any time. */
export const schemaVersion = 1;

const line = (value: unknown) => `${safeJson(value)}\n`;

/** One object per line, each with a `type`: `header`, then `change`, `notice` and `skipped`, then `summary`. */
export const json: Format = {
  header: (header) => line({ type: 'header', tool: 'rollcall', schemaVersion, ...header }),
  item: line,
  omitted: () => '',
  summary: ({ mode, counts, blocks, committed, run }) =>
    line({ type: 'summary', mode, ...counts, blocked: blocks.length > 0, blocks, committed, run }),
};
