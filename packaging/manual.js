import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { lastChange } from './last-change.js';

// Writes the manual page and the completions, from the commands themselves: node packaging/manual.js [folder]

const target = resolve(process.argv[2] ?? 'dist');
const compiled = resolve('build/manual');
const bundle = await rolldown({
  input: 'src/cli/manual/write-manual.ts',
  platform: 'node',
  external: /^[^./]/,
  logLevel: 'silent',
});
await bundle.write({ dir: compiled, cleanDir: true });
const { writeManual } = await import(pathToFileURL(join(compiled, 'write-manual.js')).href);
for (const [name, text] of Object.entries(await writeManual(date()))) {
  mkdirSync(dirname(join(target, name)), { recursive: true });
  writeFileSync(join(target, name), text);
}

function date() {
  const seconds = lastChange();
  if (seconds !== undefined) return new Date(seconds * 1_000).toISOString().slice(0, 10);
  // The source of a release, without its history.
  const [, day] = /^## \[.+\] - (\d{4}-\d\d-\d\d)$/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? [];
  return day ?? '1970-01-01';
}
