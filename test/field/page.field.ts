import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { Directory } from '../servers/directory.ts';
import { Screen, executablePath } from '../support/browser.ts';
import { Workplace } from '../support/cli.ts';
import { counted, everyday, everySort, hostile, pageOf } from '../support/pages.ts';
import { absent, describeWith } from './program.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** What an expression is in the page. It is a text, because the tests know no types of a browser. */
const ask = <T>(page: Page, expression: string): Promise<T> => page.evaluate<T>(expression);

/** What is wrong for people who do not see well, or use no mouse. */
async function violations(page: Page): Promise<string[]> {
  // Not as an element, which the policy of the page forbids.
  await page.evaluate(axe);
  const found = await ask<{ violations: Violation[] }>(page, 'axe.run()');
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes[0]?.target.join(' ') ?? ''}: ${nodes[0]?.failureSummary ?? ''}`,
  );
}

/** How many rows can be seen, or would be after scrolling. */
const rowsOf = (page: Page) =>
  ask<number>(
    page,
    "[...document.querySelectorAll('.items > ul > li')].filter((row) => row.getClientRects().length > 0).length",
  );

/** The elements of the page, in order. */
const elementsOf = (page: Page) =>
  ask<string[]>(page, "[...document.querySelectorAll('body *:not(wbr)')].map(({ localName }) => localName)");

const matchesOf = (page: Page) => page.getByRole('status').textContent();

const threeHundred = [...everyday(284), ...everySort('anna').slice(4)];

describeWith('a page in a browser', absent(executablePath), () => {
  let screen: Screen;
  beforeAll(async () => {
    screen = await Screen.open();
  });
  afterAll(() => screen.close());

  test.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 390, height: 844 } }],
    ['with forced colors', { forcedColors: 'active' }],
  ])('%s: is accessible, and complains about nothing', async (_, options) => {
    const { page, complaints } = await screen.show(await pageOf(threeHundred), options);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await ask(page, 'document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.context().close();
  });

  test('shows the verdict first: on the screen, to a screen reader and to the keyboard', async () => {
    const { page } = await screen.show(await pageOf(threeHundred));
    expect(await page.title()).toMatch(/^Plan: 114 to create, .*rollcall sync test$/);
    const tops = await ask<number[]>(
      page,
      "['verdict', 'search', 'in-doubt', 'create'].map((id) => document.getElementById(id).getBoundingClientRect().top)",
    );
    expect(tops).toEqual(tops.toSorted((a, b) => a - b));
    const tree = await page.locator('main').ariaSnapshot();
    expect(tree.indexOf('heading "Plan:')).toBeGreaterThanOrEqual(0);
    expect(tree.indexOf('heading "Plan:')).toBeLessThan(tree.indexOf('searchbox'));
    expect(tree.indexOf('searchbox')).toBeLessThan(tree.indexOf('heading "In doubt'));
    expect(tree.indexOf('heading "In doubt')).toBeLessThan(tree.indexOf('heading "Create'));
    await page.keyboard.press('Tab');
    expect(await ask(page, 'document.activeElement.hash')).toBe('#in-doubt');
    await page.context().close();
  });

  test('searches and filters by keyboard, and says how many rows match', async () => {
    const { page } = await screen.show(await pageOf(threeHundred));
    expect(await matchesOf(page)).toBe('all 298 rows are shown');
    await page.getByLabel('Search names and addresses').focus();
    await page.keyboard.type('HOPPER');
    await expect.poll(() => matchesOf(page)).toMatch(/^\d+ of 298 rows match$/);
    const found = await rowsOf(page);
    expect(found).toBeGreaterThan(10);
    expect(await matchesOf(page)).toBe(`${found} of 298 rows match`);
    const names = await page.locator('.items > ul > li:not([hidden])').allTextContents();
    expect(names.every((name) => /hopper/i.test(name))).toBe(true);

    await page.keyboard.press('Tab');
    while ((await ask(page, 'document.activeElement.value')) !== 'delete') await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    const kinds = "[...document.querySelectorAll('.items:not([hidden])')].map(({ id }) => id)";
    await expect.poll(() => ask(page, kinds)).toEqual(['delete']);
    expect(await rowsOf(page)).toBeLessThan(found);

    // A link to rows that are hidden shows them again.
    await page.locator('.legend a[href="#create"]').click();
    expect(await rowsOf(page)).toBe(298);
    await page.context().close();
  });

  test('what was typed without accents finds a name with them, and nothing finds what only rollcall says', async () => {
    const { page } = await screen.show(await pageOf(everySort('Zoë Ångström')));
    const all = await rowsOf(page);
    await page.getByLabel('Search').fill('zoe angstrom');
    await expect.poll(() => matchesOf(page)).toMatch(/ of /);
    const found = await rowsOf(page);
    expect([found > all / 2, found < all]).toEqual([true, true]);
    await page.getByLabel('Search').fill('because');
    await expect.poll(() => rowsOf(page)).toBe(0);
    await page.context().close();
  });

  test('shows everything without scripts, and no controls', async () => {
    const html = await pageOf(threeHundred);
    const { page, complaints } = await screen.show(html, { javaScriptEnabled: false });
    // Chromium says so itself: "Blocked script execution", because the test turned scripts off.
    expect(complaints.filter((text) => !text.includes('script'))).toEqual([]);
    expect(await page.locator('#controls').isVisible()).toBe(false);
    expect(await page.locator('.items > ul > li').count()).toBe(298);
    expect(await page.locator('.items > ul > li').first().isVisible()).toBe(true);
    const [verdict, first] = await Promise.all(
      ['#verdict', '#create'].map((part) => page.locator(part).boundingBox()),
    );
    expect(verdict?.y).toBeLessThan(first?.y ?? 0);
    await page.context().close();
  });

  test('prints every row and no controls; with a filter, what matches and how many', async () => {
    const { page } = await screen.show(await pageOf(threeHundred), { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    expect(await rowsOf(page)).toBe(298);
    expect(await page.locator('#controls').isVisible()).toBe(false);
    expect(await ask(page, 'getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ media: 'screen' });
    await page.getByLabel('Search').fill('hopper');
    await expect.poll(() => matchesOf(page)).toMatch(/match/);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#matches').isVisible()).toBe(true);
    expect(await page.locator('#search').isVisible()).toBe(false);
    expect(await rowsOf(page)).toBeLessThan(298);
    await page.context().close();
  });

  test('runs nothing of a hostile name, and makes nothing of it', async () => {
    const harmless = await screen.show(await pageOf(everySort('anna')));
    const wanted = await elementsOf(harmless.page);
    await harmless.page.context().close();
    for (const text of hostile) {
      const html = await pageOf(everySort(text), { directory: text, database: text, next: text });
      const { page, complaints } = await screen.show(html);
      expect(await elementsOf(page), text).toEqual(wanted);
      expect(await ask(page, 'window.ran'), text).toBeUndefined();
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  });

  test('forbids what a mistake in escaping would let in', async () => {
    const page = await pageOf(everySort('anna'));
    const bad =
      '<img src=x onerror="window.ran=true"><script>window.ran=true</script><b style="color:red">x</b>';
    const opened = await screen.show(page.replace('<footer>', `${bad}<footer>`));
    expect(await ask(opened.page, 'window.ran')).toBeUndefined();
    expect(
      opened.complaints.filter((text) => text.includes('Content Security Policy')).length,
    ).toBeGreaterThan(2);
    await opened.page.context().close();
  });

  test('10,000 changes open, and are searched, without a stall', async () => {
    const items = everyday(10_000);
    const { page, ms } = await screen.show(await pageOf(items, { counts: counted(items, 90_000) }));
    const times: Record<string, number> = { open: ms };
    for (const typed of ['h', 'ho', 'hopper', 'nobody', '']) {
      times[`search "${typed}"`] = await ask<number>(
        page,
        `new Promise((done) => {
          const start = performance.now();
          const search = document.getElementById('search');
          search.value = ${JSON.stringify(typed)};
          search.dispatchEvent(new Event('input'));
          requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
        })`,
      );
    }
    expect(ms).toBeLessThan(10_000);
    // Several times what they take, for a machine that is busy.
    for (const [what, took] of Object.entries(times).slice(1)) expect(took, what).toBeLessThan(2_000);
    await page.context().close();
  });
});

describeWith('the page of a run in a browser', absent(executablePath), () => {
  test('is the same from the program itself, and from its history', async () => {
    const [directory, workplace, screen] = [await Directory.start(), new Workplace(), await Screen.open()];
    try {
      workplace.configure({ directory: { url: directory.url } });
      directory.lists(
        hostile.map((text, i) => ({ userName: `user${i}`, fullName: text.replace(/\p{Cc}/gu, '') })),
      );
      for (const [command, title] of [
        ['sync test --format html', `Plan: ${hostile.length} to create.`],
        ['sync now --format html', `Committed as run 1: ${hostile.length} created.`],
        ['history 1 --format html', `Committed as run 1: ${hostile.length} created.`],
      ] as const) {
        const { code, stdout } = await workplace.run(command);
        expect(code).toBe(0);
        const { page, complaints } = await screen.show(stdout);
        expect(await page.title()).toContain(title);
        expect(await page.getByRole('status').textContent()).toBe(`all ${hostile.length} rows are shown`);
        expect(await ask(page, 'window.ran')).toBeUndefined();
        expect(complaints).toEqual([]);
        await page.context().close();
      }
    } finally {
      await screen.close();
      workplace.remove();
      await directory.stop();
    }
  });
});
