import { afterAll, describe, expect, test } from 'vitest';
import { commandLines, problemOf } from './command-lines.ts';
import { inlineCode, pages, rewrite, type Block, type Page } from './markdown.ts';
import { setScene } from './scenes.ts';
import type { Stage } from './stage.ts';

/** Writes what the commands say into the pages instead of comparing it. */
const isUpdate = process.env['UPDATE_DOCS'] !== undefined;

const isShell = ({ language }: Block) => language === 'sh' || language === 'console';
const isRun = (block: Block) => isShell(block) && block.info !== 'example';

/** By stage, because setting one takes time: it is the same for all pages, in their order. */
const stages = new Map<string, { page: Page; block: Block }[]>();
for (const page of pages) {
  for (const block of page.blocks.filter(isRun)) {
    const name = block.stage ?? '(none)';
    stages.set(name, [...(stages.get(name) ?? []), { page, block }]);
  }
}
const changes = new Map<Page, { block: Block; text: string }[]>();

afterAll(() => {
  if (isUpdate) for (const [page, texts] of changes) rewrite(page, texts);
});

describe.concurrent('what the pages show is what happens', () => {
  test.each([...stages])('%s', async (name, blocks) => {
    const stage = await setScene(name);
    try {
      for (const { page, block } of blocks) {
        if (block.language === 'sh') await runAll(block, stage);
        else {
          const text = await show(block, stage);
          if (!isUpdate) expect(text, block.place).toBe(block.text);
          changes.set(page, [...(changes.get(page) ?? []), { block, text }]);
        }
      }
    } finally {
      await stage.close();
    }
  });
});

async function runAll(block: Block, stage: Stage): Promise<void> {
  const { code, output } = await stage.type(block.text);
  expect(code, `${block.place}: ${output}`).toBe(0);
}

/** A block as it would have to be: each command, and all that it said. */
async function show(block: Block, stage: Stage): Promise<string> {
  const commands = block.text.split('\n').filter((line) => line.startsWith('$ '));
  expect(commands.length, `${block.place} has no line with a command`).toBeGreaterThan(0);
  const shown: string[] = [];
  for (const command of commands) shown.push(command, (await stage.type(command.slice(2))).output);
  return shown.filter((piece) => piece !== '').join('\n');
}

const typed = pages.flatMap((page) => [
  ...page.blocks.filter(isShell).map(({ place, language, text }) => ({
    place,
    isMention: false,
    shell: language === 'sh' ? text : (text.match(/(?<=^\$ ).*/gm)?.join('\n') ?? ''),
  })),
  ...(page.path.startsWith('test/')
    ? []
    : inlineCode(page)
        .filter(({ code }) => /^(npx )?rollcall( |$)/.test(code))
        .map(({ place, code }) => ({ place, isMention: true, shell: code }))),
]);

test('every command line is valid', async () => {
  const wrong: string[] = [];
  for (const { place, shell, isMention } of typed) {
    for (const words of commandLines(shell)) {
      const problem = await problemOf(words, isMention);
      if (problem !== null) wrong.push(`${place}: rollcall ${words.join(' ')}: ${problem}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('the command lines are found', () => {
  const lines = typed.flatMap(({ shell }) => commandLines(shell));
  expect(lines.length).toBeGreaterThan(50);
  expect(commandLines(`a | rollcall x 'y z' # c\nnpx rollcall b > "rollcall c" && rollcall d;`)).toEqual([
    ['x', 'y z'],
    ['b'],
    ['d'],
  ]);
});
