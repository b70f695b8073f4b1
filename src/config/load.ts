import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { reasonOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { assemble } from './assemble.ts';
import type { Config } from './config.ts';
import { reportIssues } from './issues.ts';
import { at, decode, readNamedFiles } from './named-files.ts';
import { Problems, type Problem } from './problems.ts';
import { readDatabase } from './read-database.ts';
import { show } from './redact.ts';
import { configSchema, type ConfigFile } from './schema.ts';
import { secretValues } from './secret-values.ts';
import { warningsOf } from './warnings.ts';
import { parseYaml } from './yaml.ts';

/** What a configuration may use besides its file; `process` implements it. */
export interface Surroundings {
  env: Record<string, string | undefined>;
  stdin: AsyncIterable<Buffer | string>;
}

/** A configuration file as written and as used, or all of its problems. */
export type Inspection =
  | { config: Config; settings: ConfigFile; problems: [] }
  | { config: null; settings: null; problems: Problem[] };

/**
 * Reads a configuration file.
 *
 * @param file its path, or `-` for standard input
 * @throws RollcallError (`config`) that lists every problem with its line, column and key
 */
export async function loadConfig(file: string, surroundings: Surroundings): Promise<Config> {
  return (await inspectOrThrow(file, surroundings)).config;
}

/**
 * A configuration file as YAML with every default filled in and its secrets redacted. The result is a valid
 * configuration, too.
 *
 * @throws RollcallError as `loadConfig` does
 */
export async function showConfig(
  file: string,
  surroundings: Surroundings,
): Promise<{ yaml: string; warnings: string[] }> {
  const { config, settings } = await inspectOrThrow(file, surroundings);
  return { yaml: show(settings), warnings: config.warnings };
}

async function inspectOrThrow(file: string, surroundings: Surroundings) {
  const inspection = await inspectConfig(file, surroundings);
  if (inspection.config === null) throw new RollcallError('config', explain(file, inspection.problems));
  return inspection;
}

function explain(file: string, problems: Problem[]): string {
  const name = visible(file === '-' ? 'standard input' : file);
  return problems
    .map(({ line, column, key, message }) => [`${name}:${line}:${column}`, key, message])
    .map((parts) => parts.filter((part) => part !== '').join(': '))
    .join('\n');
}

/** What a directory that is a file has no use for. */
const onlyForServers = ['authentication', 'headers', 'parameters', 'login', 'tls', 'retries', 'proxy'];

/** One error in the syntax causes others: a damaged file can have one for every bracket. */
const mostSyntaxErrors = 20;

/**
 * Finds every problem in a configuration file. Only a YAML syntax error hides the others.
 *
 * @throws RollcallError (`config`) when the file cannot be read
 */
export async function inspectConfig(file: string, { env, stdin }: Surroundings): Promise<Inspection> {
  const source = parseYaml(await readConfig(file, stdin), env);
  if (source.errors.length > 0)
    return { config: null, settings: null, problems: source.errors.slice(0, mostSyntaxErrors) };

  const problems = new Problems(source.locate);
  for (const { path, message } of source.unresolved) problems.report(path, message);
  const parsed = configSchema.safeParse(source.value);
  reportIssues(parsed.error?.issues ?? [], problems);
  const folder = file === '-' ? resolve('.') : dirname(resolve(file));
  const named = readNamedFiles(source.value, folder, problems);
  const database = readDatabase(at(source.value, ['database', 'url']), named, env, folder, problems);
  if (at(source.value, ['directory', 'file']) !== undefined) {
    for (const key of onlyForServers.filter((key) => at(source.value, ['directory', key]) !== undefined))
      problems.report(['directory', key], 'is only for directory.url');
  }
  for (const path of secretValues(source.value).filter(source.isCutByComment)) {
    const what = path[1] === 'authentication' ? path[2] : 'value';
    problems.report(path, `is cut off at the #, which starts a comment; put the ${what} in quotes`);
  }

  const found = problems.list();
  if (!parsed.success || found.length > 0) return { config: null, settings: null, problems: found };
  const config = assemble(file, folder, parsed.data, named, database?.connection ?? null);
  const warnings = [
    ...warningsOf(config, parsed.data, source, named.secretFiles),
    ...(database?.warnings ?? []),
  ];
  const { scope } = parsed.data;
  const linesOf = (list: keyof typeof scope) =>
    scope[list].map((_, index) => source.locate(['scope', list, index]).line);
  const scopeLines = { include: linesOf('include'), exclude: linesOf('exclude') };
  return { config: { ...config, scopeLines, warnings }, settings: parsed.data, problems: [] };
}

async function readConfig(file: string, stdin: Surroundings['stdin']): Promise<string> {
  try {
    return decode(file === '-' ? await buffer(stdin) : readFileSync(file));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new RollcallError(
      'config',
      missing
        ? `there is no configuration file ${visible(file)}; "rollcall init" creates one, --config names another`
        : `cannot read the configuration ${visible(file)}: ${visible(reasonOf(error))}`,
    );
  }
}
