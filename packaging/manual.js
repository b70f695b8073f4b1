import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

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

/** Never that of the clock: whoever builds the same version again gets the same files. */
function date() {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  if (epoch) return new Date(Number(epoch) * 1_000).toISOString().slice(0, 10);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const released = /^## \[(.+)\] - (\d{4}-\d\d-\d\d)$/gm;
  const [, , day] =
    [...readFileSync('CHANGELOG.md', 'utf8').matchAll(released)].find(([, name]) => name === version) ?? [];
  // Before its first release a version has no date, but a manual page must have one.
  return day ?? '1970-01-01';
}
