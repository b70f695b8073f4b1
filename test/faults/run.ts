import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startPostgres } from '../servers/postgres.ts';
import { administer } from '../servers/administer.ts';
import { faults } from './faults.ts';
import type { Context, Result } from './fault.ts';
import { Random } from './random.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    /** Names of faults.ts, separated by commas. */
    only: { type: 'string', default: Object.keys(faults).join() },
    /** Such as 0.1, for a tenth of every count. */
    scale: { type: 'string', default: '1' },
  },
});
const seed = Number(options.seed);
const scale = Number(options.scale);
const names = options.only.split(',');
const unknown = names.filter((name) => !(name in faults));
if (unknown.length > 0 || !Number.isInteger(seed) || !(scale > 0)) {
  process.stderr.write(
    `--only takes ${Object.keys(faults).join()}, --seed a whole number, --scale one above 0\n`,
  );
  process.exit(64);
}

const began = Date.now();
const clock = () => `${((Date.now() - began) / 1_000).toFixed(0).padStart(5)} s`;
const tell = (message: string) => process.stderr.write(`${clock()}  ${message}\n`);
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const postgres = await startPostgres({ settings: { max_connections: '200' } });
const rows: string[] = [];
const violations: string[] = [];
try {
  for (const name of names) await attempt(name);
  const [{ version } = { version: '?' }] = (await administer(
    postgres.url,
    `select current_setting('server_version') as version`,
  )) as { version: string }[];
  process.stdout.write(
    `Seed ${seed}, scale ${scale}; Node ${process.versions.node}, Postgres ${version}, ${process.platform} ${process.arch}; ${clock().trim()}.\n\n` +
      '| promise | what was done | times | violations |\n| --- | --- | ---: | ---: |\n' +
      `${rows.join('\n')}\n`,
  );
} finally {
  await postgres.stop();
}
if (violations.length > 0) {
  process.stdout.write(`\n${violations.map((violation) => `- ${violation}`).join('\n')}\n`);
  process.exitCode = 1;
}

async function attempt(name: string): Promise<void> {
  const fault = faults[name];
  if (fault === undefined) return;
  tell(`${name}: ${fault.figure}`);
  const context: Context = {
    postgres,
    random: Random.named(seed, name),
    times: (count) => Math.max(2, Math.round(count * scale)),
    tell: (message) => tell(`  ${message}`),
  };
  // A fault in the test itself is a violation, too: nothing was shown.
  const result = await fault.run(context).catch((error: unknown): Result => ({
    done: 0,
    violations: [`not tried: ${error instanceof Error ? (error.stack ?? '') : String(error)}`],
  }));
  const times =
    result.skipped === undefined
      ? result.done.toLocaleString('en-US')
      : `**skipped:** ${cell(result.skipped)}`;
  const what = result.detail === undefined ? fault.figure : `${fault.figure} (${result.detail})`;
  rows.push(`| ${cell(fault.promise)} | ${cell(what)} | ${times} | ${result.violations.length} |`);
  for (const violation of result.violations) {
    violations.push(`${name}: ${violation}`);
    tell(`  VIOLATION ${violation}`);
  }
}
// A fault in a test may have left a server open, which must not keep this process.
process.stdout.write('', () => process.exit());
