import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Directory } from '../servers/directory.ts';
import { Workplace } from '../support/cli.ts';
import { absent, describeWith } from './program.ts';

const chromium = '/usr/bin/chromium';
const cmark = '/usr/bin/cmark-gfm';

/** Each would make an element, run a script or break the table if it were taken for markup. */
const hostile = [
  '<script>window.ran = true</script>',
  '<img src=x onerror="window.ran = true">',
  '<svg/onload=window.ran=true>',
  '</td></tr></table><h1>x</h1>',
  '<!-- comment',
  '<a href="javascript:window.ran=true">x</a>',
  '[link](javascript:window.ran=true)',
  '[link]: http://evil.example',
  '![image](http://evil.example/x.png)',
  '<http://evil.example>',
  'http://evil.example/',
  'ftp://evil.example/',
  'a | b | c',
  '| --- |',
  '`code`',
  '**bold** _slanted_ ~~struck~~',
  '# heading',
  '1. item',
  '- [ ] task',
  '&lt;b&gt; &#60;i&#62; &nbsp;',
  '[^1]',
  '$$x$$',
  ':smile:',
];

/** More than these a report in Markdown leaves out. */
const rowsOfReport = 20;

/** The elements that a report is made of. */
const ofReport = ['h3', 'p', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'br', 'strong', 'code'];

/** What is found in the rendered report, by the browser itself. */
interface Inventory {
  ran: boolean;
  elements: Record<string, number>;
  attributes: string[];
  rows: string[][];
}

// Runs after everything has been loaded, or has failed to.
const inventory = `
  addEventListener('load', () => {
    const found = { ran: window.ran === true, elements: {}, attributes: [], rows: [] };
    const report = document.getElementById('report');
    for (const { localName, attributes } of report.querySelectorAll('*')) {
      found.elements[localName] = (found.elements[localName] ?? 0) + 1;
      for (const { name, value } of attributes) found.attributes.push(localName + ' ' + name + '=' + value);
    }
    for (const row of report.querySelectorAll('tbody tr'))
      found.rows.push([...row.children].map((cell) => cell.textContent));
    document.body.textContent = encodeURIComponent(JSON.stringify(found));
  });`;

describeWith('a browser', absent(chromium, cmark), () => {
  let directory: Directory;
  let workplace: Workplace;
  let profile: string;

  beforeAll(async () => {
    directory = await Directory.start();
    workplace = new Workplace();
    workplace.configure({ directory: { url: directory.url } });
    profile = mkdtempSync(join(tmpdir(), 'rollcall-browser-'));
  });
  afterAll(async () => {
    rmSync(profile, { recursive: true, force: true });
    await directory.stop();
    workplace.remove();
  });

  /** As the summary page of a CI job shows it: GitHub's own renderer, but without what it filters afterwards. */
  function render(markdown: string): Inventory {
    const extensions = ['table', 'strikethrough', 'autolink', 'tasklist', 'footnotes'].flatMap((name) => [
      '-e',
      name,
    ]);
    const html = execFileSync(cmark, ['--unsafe', ...extensions], {
      input: markdown,
      encoding: 'utf8',
    });
    const page = join(workplace.folder, 'page.html');
    writeFileSync(
      page,
      `<!doctype html><meta charset="utf-8"><script>${inventory}</script><main id="report">${html}</main>`,
    );
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND',
      `--user-data-dir=${profile}`,
    ];
    const dom = execFileSync(chromium, [...flags, '--dump-dom', pathToFileURL(page).href], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const text = /<body>\s*([^<]*?)\s*<\/body>/.exec(dom)?.[1] ?? '';
    return JSON.parse(decodeURIComponent(text)) as Inventory;
  }

  test('is noticed when it runs a script or makes an element', () => {
    expect(render('<img src=x onerror="window.ran = true">')).toMatchObject({
      ran: true,
      elements: { img: 1 },
    });
    expect(render('<script>window.ran = true</script>')).toMatchObject({
      ran: true,
      elements: { script: 1 },
    });
  });

  test('shows hostile names as they are written, and makes nothing of them', async () => {
    for (let first = 0; first < hostile.length; first += rowsOfReport) {
      const names = hostile.slice(first, first + rowsOfReport);
      directory.lists(names.map((text) => ({ userName: text, fullName: text, emailAddresses: [] })));
      const { code, stdout } = await workplace.run('sync test --format markdown');
      expect(code).toBe(0);
      const { ran, elements, attributes, rows } = render(stdout);
      expect({ ran, attributes }).toEqual({ ran: false, attributes: [] });
      expect(Object.keys(elements).filter((name) => !ofReport.includes(name))).toEqual([]);
      expect(rows.sort()).toEqual(names.map((text) => ['+ create', text, `${text}, no address`]).sort());
    }
  });

  // GitHub makes links of what begins with www. even in the middle of a cell.
  test('makes no link of a name', async () => {
    directory.lists([{ userName: 'anna', fullName: 'www.evil.example' }]);
    const { stdout } = await workplace.run('sync test --format markdown');
    expect(stdout).toContain('evil.example');
    expect(render(stdout).attributes).toEqual([]);
  });
});
