import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres, type Postgres } from '../../servers/postgres.ts';
import { mutants, type Mutant, type Suite } from './list.ts';

const { values: options } = parseArgs({
  options: {
    /** The number of a mutant or the name of a file, such as `names.ts`; several are separated by commas. */
    only: { type: 'string' },
    /** The number of the first mutant. */
    from: { type: 'string', default: '1' },
    /** Those that are run, if not all. */
    suites: { type: 'string' },
  },
});

/** What is run, in this order, until something fails. */
const suites: Record<Suite, { file: string; tests: string }> = {
  worlds: { file: 'test/model/worlds.test.ts', tests: 'postgres' },
  rules: { file: 'test/sync/rules.test.ts', tests: 'on postgres' },
  counts: { file: 'test/sync/counts.test.ts', tests: 'on postgres' },
  fingerprints: { file: 'test/sync/fingerprints.test.ts', tests: 'on postgres' },
  properties: { file: 'test/properties/properties.test.ts', tests: '' },
};
const inOrder = (Object.keys(suites) as Suite[]).filter(
  (suite) => options.suites?.split(',').includes(suite) ?? true,
);

/** A test that takes longer than all of them together is in an endless loop. */
const tooLong = 400_000;

const root = process.cwd();
const copied = ['src', 'test', 'bin', 'package.json', 'tsconfig.json', 'config.example.yaml'];
const wanted = options.only?.split(',');
const chosen = mutants
  .map((mutant, i) => ({ number: i + 1, mutant }))
  .filter(({ number, mutant }) =>
    wanted
      ? wanted.some((word) => word === String(number) || mutant.file.endsWith(`/${word}`))
      : number >= Number(options.from),
  );
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Nothing stays behind, whenever it ends. */
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

await expectTexts();
const folder = await mkdtemp(join(tmpdir(), 'rollcall-mutants-'));
let postgres: Postgres | undefined;
try {
  for (const name of copied) {
    await cp(join(root, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  postgres = await startPostgres();
  process.exitCode = await judgeAll(postgres.url);
} finally {
  await postgres?.stop();
  await rm(folder, { recursive: true });
}

/** The text of every mutant has to stand in its file, and only once. */
async function expectTexts(): Promise<void> {
  const wrong: string[] = [];
  for (const [i, { file, from, to }] of mutants.entries()) {
    const times = (await readFile(resolve(root, file), 'utf8')).split(from).length - 1;
    if (times !== 1) wrong.push(`${i + 1}: stands ${times} times in ${file}: ${from}`);
    if (from === to) wrong.push(`${i + 1}: changes nothing in ${file}: ${from}`);
  }
  if (wrong.length === 0) return;
  process.stderr.write(`${wrong.join('\n')}\n`);
  process.exit(64);
}

/** @returns the exit code */
async function judgeAll(url: string): Promise<number> {
  for (const suite of inOrder) {
    const failure = await failureOf(suite, url);
    if (failure !== null) {
      say(`Without any mutation, ${suite} fails: ${failure}`);
      return 1;
    }
  }
  const survivors: { number: number; mutant: Mutant }[] = [];
  for (const { number, mutant } of chosen) {
    const began = Date.now();
    const killer = await killerOf(mutant, url);
    const seconds = Math.round((Date.now() - began) / 1_000);
    say(
      `${String(number).padStart(3)}  ${mutant.file}: ${mutant.breaks}\n     ${killer ?? 'SURVIVED'} (${seconds} s)`,
    );
    if (killer === null) survivors.push({ number, mutant });
    else if (mutant.explained !== undefined) say(`     killed, and explained: ${mutant.explained}`);
  }
  const unexplained = survivors.filter(({ mutant }) => mutant.explained === undefined);
  say(
    `\n${chosen.length} mutants, ${chosen.length - survivors.length} killed, ${survivors.length - unexplained.length} survivors explained, ${unexplained.length} not`,
  );
  for (const { number, mutant } of survivors) say(`${number}: ${mutant.explained ?? 'NOT EXPLAINED'}`);
  return unexplained.length === 0 ? 0 : 1;
}

/** The suite and the test that noticed; null when none did. */
async function killerOf({ file, from, to, first, test }: Mutant, url: string): Promise<string | null> {
  const path = join(folder, file);
  const text = await readFile(path, 'utf8');
  await writeFile(
    path,
    text.replace(from, () => to),
  );
  try {
    const order = inOrder.toSorted((one, other) => Number(other === first) - Number(one === first));
    const [likely] = order;
    const attempts: [Suite, string?][] = order.map((suite) => [suite]);
    if (likely !== undefined && likely === first && test !== undefined) attempts.unshift([likely, test]);
    for (const [suite, only] of attempts) {
      const failure = await failureOf(suite, url, only);
      if (failure !== null) return `killed by ${suite}: ${failure}`;
    }
    return null;
  } finally {
    await writeFile(path, text);
  }
}

interface Report {
  testResults: {
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

/** Which test of a suite fails, and the beginning of why; null when none does. */
async function failureOf(suite: Suite, url: string, only?: string): Promise<string | null> {
  const report = join(folder, 'report.json');
  await rm(report, { force: true });
  const { file, tests } = suites[suite];
  const child = spawn(
    process.execPath,
    [
      ...[
        'node_modules/vitest/vitest.mjs',
        'run',
        file,
        '-t',
        only ? `${tests}.*${only}` : tests,
        '--bail',
        '1',
      ],
      ...['--config', 'test/model/mutants/vitest.config.ts', '--root', '.'],
      ...['--reporter', 'json', '--outputFile', report],
    ],
    {
      cwd: folder,
      env: { ...process.env, MUTANTS_POSTGRES: url },
      stdio: 'ignore',
      timeout: tooLong,
      signal: interrupted.signal,
    },
  );
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code === 0) return null;
  const text = await readFile(report, 'utf8').catch(() => null);
  if (text === null) return code === null ? 'endless' : 'did not run';
  const { testResults } = JSON.parse(text) as Report;
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed');
  if (failed === undefined) return testResults.map(({ message }) => message).join(' ');
  const reason = (failed.failureMessages[0] ?? '').replace(/\s+/g, ' ');
  return `${failed.fullName.trim()} (${reason.slice(0, 160)})`;
}
