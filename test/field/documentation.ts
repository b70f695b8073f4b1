import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const pages = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))]
  .filter((path) => path.endsWith('.md'))
  .map((path) => readFileSync(path, 'utf8'));

/** The one block of the documentation in this language that matches; a test of it fails when it is gone or ambiguous. */
export function documentedBlock(language: string, pattern: RegExp): string {
  const blocks = pages
    .flatMap((page) => [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)])
    .filter((block) => block[1] === language)
    .map((block) => block[2] ?? '')
    .filter((text) => pattern.test(text));
  // The same on two pages is one.
  const [block, ...others] = new Set(blocks);
  if (block === undefined || others.length > 0)
    throw new Error(`${blocks.length} blocks of ${language} in the documentation match ${pattern.source}`);
  return block;
}

/** A command that the documentation recommends, word for word; white space apart, which a paragraph wraps. */
export function documentedCommand(command: string): string {
  if (!pages.some((page) => page.replace(/\s+/g, ' ').includes(command)))
    throw new Error(`The documentation no longer recommends ${command}`);
  return command;
}
