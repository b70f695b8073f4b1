import { createHash } from 'node:crypto';
import { Chalk } from 'chalk';
import { expect, test } from 'vitest';
import { visible } from '../../src/core/printable.ts';
import { html } from '../../src/report/html.ts';
import { momentText } from '../../src/report/moment.ts';
import { counted, created, everySort, hostile, pageOf, updated, user } from '../support/pages.ts';

const voids = new Set(['meta', 'br', 'wbr', 'input']);

/** The elements of a page outside its style and its script, in order; throws where one is not closed. */
function elementsOf(page: string): string[] {
  const markup = page.replace(/(<(style|script)>).*?(<\/\2>)/gs, '$1$3');
  const open: string[] = [];
  const all: string[] = [];
  for (const [, slash, name = '', , self] of markup.matchAll(/<(\/?)([a-z][\w]*)([^<>]*?)(\/?)>/gi)) {
    if (slash === '/') {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> closes <${last ?? 'nothing'}>`);
      continue;
    }
    all.push(name);
    if (!voids.has(name) && self !== '/') open.push(name);
  }
  expect(open).toEqual([]);
  // Nothing else looks like markup.
  expect(markup.replace(/<\/?[a-z][\w]*[^<>]*>|<!doctype html>/gi, '')).not.toMatch(/[<>]/);
  return all;
}

const unescaped = (text: string) =>
  text.replace(/<wbr>/g, '').replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

test('every sort of item has a row, and every element is closed', async () => {
  const page = await pageOf(everySort('anna'));
  elementsOf(page);
  const kinds = [...page.matchAll(/<section id="([\w-]+)"/g)].map(([, id]) => id);
  expect(kinds).toEqual([
    ...['create', 'rename', 'update', 'delete', 'taken', 'protected', 'held', 'kept', 'in-doubt', 'skipped'],
    'remark',
  ]);
  for (const words of [
    'Plan: 1 to create, 1 to rename, 1 to update, 1 to delete.',
    'the archive stays without an owner: it holds 3 messages',
    '<del><bdi>old</bdi></del>',
    '<ins><bdi>anna</bdi></ins>',
    '<code>--same anna</code>',
    '<code>rollcall users rename USER anna</code>',
    'the last owner is unknown',
    'gone from the directory, kept because admins are never deleted',
    'entry 12: anna contains a NUL character',
    'mail for 3 addresses goes to someone else',
    'Nothing is written for entries in doubt until you answer.',
    'To commit it: <code>rollcall sync now</code>',
  ]) {
    expect(page).toContain(words);
  }
});

test.each(hostile)('%j is shown as text', async (text) => {
  const [page, harmless] = [await pageOf(everySort(text)), await pageOf(everySort('anna'))];
  expect(elementsOf(page).filter((name) => name !== 'wbr')).toEqual(
    elementsOf(harmless).filter((name) => name !== 'wbr'),
  );
  expect(page).not.toMatch(/(?!\n)\p{Cc}|[\p{Cf}\p{Zl}\p{Zp}]/u);
  const names = [...page.matchAll(/<bdi>(.*?)<\/bdi>/g)].map(([, name = '']) => unescaped(name));
  expect(names).toContain(visible(text));
});

test('names of the directory and the database are text, too', async () => {
  for (const text of hostile) {
    const page = await pageOf([], { directory: text, database: text, next: text, version: text });
    expect(elementsOf(page).filter((name) => name === 'h1' || name === 'img' || name === 'a')).toEqual([
      'h1',
    ]);
  }
});

test('the policy allows the style and the script of the page, and nothing else', async () => {
  const page = await pageOf(everySort());
  const inline = (tag: string) => {
    const [text, ...others] = [...page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(
      ([, text]) => text ?? '',
    );
    expect(others).toEqual([]);
    return `'sha256-${createHash('sha256')
      .update(text ?? '')
      .digest('base64')}'`;
  };
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
  expect(policy).toBe(
    `default-src 'none'; style-src ${inline('style')}; script-src ${inline('script')}; base-uri 'none'; form-action 'none'`,
  );
  // The policy would ignore them.
  expect(page.replace(/<(style|script)>.*?<\/\1>/gs, '')).not.toMatch(/ (style|on\w+)=/);
});

test('addresses that both sides have are not marked, and a new primary address is', async () => {
  const [before, after] = [
    ['a@x', 'b@x'],
    ['c@x', 'b@x', 'a@x'],
  ].map((emailAddresses) => user('anna', { emailAddresses }));
  const page = await pageOf(before && after ? [updated(before, after)] : []);
  expect(page).toContain('<dd><bdi>a@x</bdi> <small>primary</small><br><bdi>b@x</bdi></dd>');
  expect(page).toContain(
    '<dd><ins><bdi>c@x</bdi></ins> <small>primary</small><br><bdi>b@x</bdi><br><bdi>a@x</bdi></dd>',
  );
});

test('of many addresses, those that differ are shown', async () => {
  const many = Array.from({ length: 40 }, (_, i) => `${i}@x`);
  const before = user('anna', { emailAddresses: many });
  const page = await pageOf([updated(before, { ...before, emailAddresses: [...many, 'new@x'] })]);
  expect(page).toContain('<br><ins><bdi>new@x</bdi></ins><br>… and 30 more</dd>');
});

test('a blocked run says why', async () => {
  const page = await pageOf([created(user('anna'))], {
    blocks: [
      {
        limit: 'missingMember',
        member: 'fullName',
        called: 'fullName',
        seen: ['<b>name'],
        changes: 1,
        stored: 0,
        exceeded: null,
      },
    ],
  });
  elementsOf(page);
  expect(page).toContain('<h2 id="verdict">Blocked: nothing was written.</h2>');
  expect(page).toContain('No entry has fullName, but entries have &#60;b&#62;name;');
  expect(page).not.toContain('To commit it');
});

test('a committed run says when and by whom', async () => {
  const record = {
    ...{ id: 12, startedAt: new Date(0), committedAt: new Date(0), actor: 'root@<b>' },
    ...{ directory: '', version: '', options: null, plan: null, undoes: null, untold: null },
  };
  const over = { mode: 'history', command: 'history', committed: true, run: 12 } as const;
  const items = [created(user('anna'))];
  const page = await pageOf(items, { ...over, record: { ...record, counts: counted(items) } });
  expect(page).toContain(`<h1>Run 12, ${momentText(new Date(0))}, by root@&#60;b&#62;</h1>`);
  expect(page).toContain('Committed as run 12: 1 created.');
});

test('a plan without items has no controls', async () => {
  const page = await pageOf([]);
  elementsOf(page);
  expect(page).toContain('No changes.');
  expect(page).not.toContain('id="controls"');
});

test('a kind with too many rows says how many are left out', async () => {
  const format = html(new Chalk({ level: 0 }));
  let rows = 0;
  for (let i = 0; i < 20_003; i++) {
    if ((await format.item(created(user(`user${i}`)))).includes('<li>')) rows++;
  }
  expect(rows).toBe(20_000);
  expect(
    await format.item({ type: 'notice', reason: 'gone', userName: 'x', entry: null, data: null }),
  ).toMatch(/^<\/ul>\n<p class="omitted">… and 3 more, .*<\/section>\n<section id="kept"/s);
});
