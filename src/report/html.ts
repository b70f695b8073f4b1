import type { MakeFormat } from './format.ts';
import { itemHtml, omittedHtml } from './html-items.ts';
import { kindOf, type Kind } from './html-kinds.ts';
import { closePage, openPage } from './html-page.ts';
import { controlsHtml, resultHtml, type Tally } from './html-result.ts';

/** More rows of a kind make a page that a browser needs seconds to filter. */
export const mostRows = 20_000;

/** One self-contained page, for the person who approves a plan. */
export const html: MakeFormat = () => {
  const tallies: Tally[] = [];

  const close = () => {
    const last = tallies.at(-1);
    if (last === undefined) return '';
    const omitted = last.n - mostRows;
    return `</ul>\n${omitted > 0 ? omittedHtml(omitted) : ''}</section>\n`;
  };

  return {
    // It gets all items, so that it can count them.
    isForMachines: true,
    header: openPage,
    item: (item) => {
      const kind = kindOf(item);
      const last = tallies.at(-1);
      if (last?.id === kind.id) {
        last.n++;
        return last.n > mostRows ? '' : itemHtml(item);
      }
      const closing = close();
      tallies.push({ ...kind, n: 1 });
      return closing + openSection(kind) + itemHtml(item);
    },
    omitted: omittedHtml,
    summary: (summary) => {
      const closing = close();
      // As the page shows them.
      tallies.sort((a, b) => Number(b.isFirst) - Number(a.isFirst));
      return closing + resultHtml(summary, tallies) + controlsHtml(tallies) + closePage(summary);
    },
  };
};

const openSection = ({ id, sign, label, hasSides, isFirst }: Kind) =>
  `<section id="${id}" class="items ${id}" aria-labelledby="${id}-title"${isFirst ? ' slot="first"' : ''}>\n` +
  `<h2 id="${id}-title"><span class="sign ${id}" aria-hidden="true">${sign}</span> ${label} <span class="shown"></span></h2>\n` +
  (hasSides
    ? '<p class="sides" aria-hidden="true"><span></span><span>before</span><span>after</span></p>\n'
    : '') +
  '<ul role="list">\n';
