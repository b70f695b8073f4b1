import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/** A fenced block of code. */
export interface Block {
  /** `README.md:12` */
  place: string;
  language: string;
  /** What stands behind the language. */
  info: string;
  text: string;
  /** In which situation it is run: the last `<!-- stage: NAME -->` above it. */
  stage: string | null;
  /** Indices of the first line of its text and of its closing fence. */
  from: number;
  to: number;
}

export interface Page {
  /** Below the root: `docs/json.md`. */
  path: string;
  lines: string[];
  blocks: Block[];
  /** All that is not inside of a block, line by line; the lines of blocks are empty. */
  prose: string[];
  anchors: Set<string>;
}

/** Every page of the repository. */
const examples = ['php-sql', 'python-ldap', 'python-csv'].map((folder) => join('examples', folder));
export const pages: Page[] = ['', '.github', 'docs', 'test/cli', 'examples', ...examples]
  .flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .toSorted()
      .map((name) => join(folder, name)),
  )
  .map(readPage);

export function page(path: string): Page {
  const found = pages.find((one) => one.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
}

/** The one block of a language on a page that contains a string. */
export function block(path: string, language: string, containing = ''): string {
  const found = page(path).blocks.filter((one) => one.language === language && one.text.includes(containing));
  if (found.length !== 1) throw new Error(`${path} has ${found.length} such blocks`);
  return found[0]?.text ?? '';
}

function readPage(path: string): Page {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  const blocks: Block[] = [];
  const prose: string[] = [];
  let stage: string | null = null;
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    const [, indent, fence, language = '', info = ''] = /^( *)(```+)(\w*) ?(.*)$/.exec(line) ?? [];
    stage = /^<!-- stage: (.+) -->$/.exec(line)?.[1] ?? stage;
    prose.push(fence === undefined ? line : '');
    if (indent === undefined || fence === undefined) continue;
    const to = lines.indexOf(indent + fence, i + 1);
    if (to < 0) throw new Error(`${path}:${i + 1}: this block has no end`);
    const text = lines.slice(i + 1, to).map((one) => one.slice(indent.length));
    blocks.push({ place: `${path}:${i + 1}`, language, info, text: text.join('\n'), stage, from: i + 1, to });
    for (; i < to; i += 1) prose.push('');
  }
  return { path, lines, blocks, prose, anchors: anchorsOf(prose) };
}

/** The anchors that GitHub makes of headings. */
function anchorsOf(prose: string[]): Set<string> {
  const anchors = new Set<string>();
  for (const line of prose) {
    const heading = /^#+ (.+)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    let n = 0;
    while (anchors.has(n === 0 ? anchor : `${anchor}-${n}`)) n += 1;
    anchors.add(n === 0 ? anchor : `${anchor}-${n}`);
  }
  return anchors;
}

/** Everything between backticks outside of blocks, with its place. */
export const inlineCode = ({ path, prose }: Page) =>
  prose.flatMap((line, i) =>
    [...line.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, code = '']) => ({ place: `${path}:${i + 1}`, code })),
  );

/** The codes of a cell: "`a`, `b`" is a and b. */
export const codesOf = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** The rows of the one table of a page whose head begins with these cells. */
export function table(path: string, ...head: string[]): string[][] {
  const { prose } = page(path);
  const cells = (line: string) =>
    line
      .replace(/^\| ?| ?\|$/g, '')
      .split(/ *(?<!\\)\| */)
      .map((cell) => cell.trim());
  const starts = prose.flatMap((line, i) =>
    line.startsWith('|') &&
    prose[i + 1]?.startsWith('| ---') === true &&
    head.every((cell, column) => cells(line)[column] === cell)
      ? [i]
      : [],
  );
  if (starts.length !== 1) throw new Error(`${path} has ${starts.length} tables "${head.join(' | ')}"`);
  const rows = prose.slice((starts[0] ?? 0) + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end < 0 ? undefined : end).map(cells);
}

/** Puts other text into blocks of a page. */
export function rewrite({ path, lines }: Page, changes: { block: Block; text: string }[]): void {
  const changed = [...lines];
  // From the last one up, so that the lines of those above stay where they are.
  for (const { block, text } of changes.toSorted((a, b) => b.block.from - a.block.from)) {
    changed.splice(block.from, block.to - block.from, ...text.split('\n'));
  }
  if (changed.join('\n') !== lines.join('\n')) writeFileSync(join(root, path), changed.join('\n'));
}
