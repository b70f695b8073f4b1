// Holds the structure of src against what docs/architecture.md promises, and prints it: node test/structure/rooms.js
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';

const most = { share: 25, median: 80, lines: 300 };

const files = readdirSync('src', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({
    path,
    room: relative('src', path).split(sep).slice(0, -1)[0] ?? '(library)',
    lines: readFileSync(path, 'utf8').trimEnd().split('\n').length,
  }));

const total = files.reduce((sum, { lines }) => sum + lines, 0);
const sizes = files.map(({ lines }) => lines).sort((a, b) => a - b);
const median = sizes[Math.floor(sizes.length / 2)] ?? 0;
/** @type {Map<string, number>} */
const rooms = new Map();
for (const { room, lines } of files) rooms.set(room, (rooms.get(room) ?? 0) + lines);

/** @type {string[]} */
const problems = [];
for (const [room, lines] of [...rooms].sort(([, a], [, b]) => b - a)) {
  const share = (lines * 100) / total;
  process.stdout.write(
    `${room.padEnd(12)}${String(lines).padStart(6)} lines ${share.toFixed(1).padStart(5)} %\n`,
  );
  if (share > most.share) problems.push(`src/${room} has more than ${most.share} % of the lines`);
}
process.stdout.write(
  `${files.length} files, ${total} lines, median ${median}, largest ${sizes.at(-1) ?? 0}\n`,
);
if (median > most.median) problems.push(`the median file has ${median} lines, more than ${most.median}`);
for (const { path, lines } of files) {
  if (lines > most.lines) problems.push(`${path} has ${lines} lines, more than ${most.lines}`);
}
const seen = new Map();
for (const { path } of files) {
  const name = basename(path).replace(/\.(d\.)?[jt]s$/, '');
  if (seen.has(name)) problems.push(`${path} has the same name as ${seen.get(name)}`);
  seen.set(name, path);
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
