import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { inlineCode, pages, root } from './markdown.ts';

const links = pages.flatMap(({ path, prose }) =>
  [...prose.join('\n').matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ path, target })),
);

/** Why a link leads nowhere, or null. */
function problemOf(path: string, target: string): string | null {
  // Whether somebody else's page is there is not ours to test.
  if (/^https?:\/\//.test(target)) return URL.canParse(target) ? null : 'not a URL';
  const [file = '', anchor] = target.split('#');
  const named = file === '' ? path : join(dirname(path), file);
  if (!existsSync(join(root, named))) return `there is no ${named}`;
  if (anchor === undefined) return null;
  const page = pages.find((one) => one.path === named);
  return page?.anchors.has(anchor) === true ? null : `${named} has no heading #${anchor}`;
}

test('every link leads somewhere', () => {
  const broken = links
    .map(({ path, target }) => ({ path, target, problem: problemOf(path, target) }))
    .filter(({ problem }) => problem !== null);
  expect(broken).toEqual([]);
});

test('a link that leads nowhere is noticed', () => {
  expect(links.length).toBeGreaterThan(30);
  expect(problemOf('docs/json.md', 'jsn.md')).toBe('there is no docs/jsn.md');
  expect(problemOf('README.md', 'docs/json.md#none')).toBe('docs/json.md has no heading #none');
  expect(problemOf('README.md', '#who-is-who')).toBeNull();
});

test('every page is linked from the README, at least by way of another', () => {
  const reached = new Set(['README.md']);
  for (const from of reached) {
    for (const { path, target } of links) {
      const to = join(dirname(path), target.split('#')[0] ?? '');
      if (path === from && pages.some((page) => page.path === to)) reached.add(to);
    }
  }
  expect([...reached].sort()).toEqual(pages.map(({ path }) => path).sort());
});

test('every file that is named is there', () => {
  const named = pages
    .filter(({ path }) => path !== 'test/cli/bad-input.md')
    .flatMap(inlineCode)
    .filter(({ code }) => /^(src|test|docs|bench|\.ci|\.github)\/[\w./-]+$/.test(code));
  const missing = named.filter(({ code }) => !existsSync(join(root, code)));
  expect(missing).toEqual([]);
});
