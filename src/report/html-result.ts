import { actions, changesOf } from '../core/plan.ts';
import { grouped } from '../core/printable.ts';
import { isTest, type Summary } from './format.ts';
import type { Kind } from './html-kinds.ts';
import { html, plain } from './html-text.ts';
import { blockText, otherCounts, remindersOf, timesText, toCommit, undoAdvice, verdict } from './words.ts';

/** A kind and how many items of it the plan has. */
export type Tally = Kind & { n: number };

/** The verdict, the counts as a bar, and what to do next. */
export function resultHtml(summary: Summary, tallies: Tally[]): string {
  const { counts, blocks, held, next, saved } = summary;
  const isReady = isTest(summary) && toCommit(summary).length > 0;
  const others = [otherCounts(summary)].filter((text) => text !== '').map((text) => `${text}.`);
  const entries = tallies.map(
    ({ id, sign, label, n }) =>
      `<li><span class="sign ${id}" aria-hidden="true">${sign}</span> <a href="#${id}">${label} <b>${grouped(n)}</b></a></li>`,
  );
  const unchanged =
    counts.unchanged > 0
      ? `<li><span class="sign unchanged" aria-hidden="true">=</span> Unchanged <b>${grouped(counts.unchanged)}</b></li>`
      : '';
  return [
    `<section slot="result" class="result ${stateOf(summary)}" aria-labelledby="verdict">`,
    `<h2 id="verdict">${plain(verdict(summary))}</h2>`,
    ...blocks.map((block) => `<p class="block">${plain(capitalized(blockText(block)))}.</p>`),
    ...(held ? [`<p class="block">Held: ${plain(blockText(held))}.</p>`] : []),
    ...remindersOf(summary).map((text) => `<p>${plain(text)}</p>`),
    ...(isReady ? [`<p>To commit it: <code>${plain(next ?? '')}</code></p>`] : []),
    ...undoAdvice(summary).map((advice) => `<p>${plain(advice)}</p>`),
    barHtml(tallies, counts.unchanged),
    `<ul class="legend" role="list">${entries.join('')}${unchanged}</ul>`,
    `<p class="quiet">${[...others, ...(saved === undefined ? [timesText(summary)] : [])].map(html).join('<br>')}</p>`,
    '</section>\n',
  ].join('\n');
}

function stateOf({ blocks, committed, counts }: Summary): string {
  if (blocks.length > 0) return 'blocked';
  if (committed) return 'committed';
  return changesOf(counts) > 0 || counts.doubts > 0 ? 'pending' : 'nothing';
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** In thousandths of the bar. Fewer would be invisible. */
const [whole, least] = [1_000, 8];

/** An image, because its attributes need no style that the policy would have to allow. The legend has the numbers. */
function barHtml(tallies: Tally[], unchanged: number): string {
  const isChange = ({ id }: Tally) => actions.some((action) => action === id);
  const alone = tallies.filter((tally) => !isChange(tally) && tally.id !== 'remark');
  const shown = [
    ...tallies.filter(isChange),
    { id: 'kept', n: alone.reduce((sum, { n }) => sum + n, 0) },
    { id: 'unchanged', n: unchanged },
  ].filter(({ n }) => n > 0);
  const total = shown.reduce((sum, { n }) => sum + n, 0);
  const widths = shown.map(({ n }) => Math.max((n * whole) / total, least));
  const scale = whole / widths.reduce((sum, width) => sum + width, 0);
  let x = 0;
  const rects = shown.map(({ id }, i) => {
    const width = (widths[i] ?? 0) * scale;
    x += width;
    return `<rect class="${id}" x="${(x - width).toFixed(1)}" width="${width.toFixed(1)}" height="10"/>`;
  });
  if (rects.length === 0) return '';
  return `<svg class="bar" viewBox="0 0 ${whole} 10" preserveAspectRatio="none" aria-hidden="true">${rects.join('')}</svg>`;
}

/** Search and filter; the script shows them. */
export function controlsHtml(tallies: Tally[]): string {
  if (tallies.length === 0) return '';
  const boxes = tallies.map(
    ({ id, label, n }) =>
      `<label><input type="checkbox" value="${id}"> ${label} <b>${grouped(n)}</b></label>`,
  );
  return [
    '<div slot="controls" id="controls" role="search" hidden>',
    '<p class="find"><label for="search">Search names and addresses</label>',
    '<input type="search" id="search" autocomplete="off" spellcheck="false"></p>',
    '<p id="matches" role="status"></p>',
    ...(boxes.length > 1 ? [`<fieldset><legend>Show only</legend>${boxes.join('')}</fieldset>`] : []),
    '</div>\n',
  ].join('\n');
}
