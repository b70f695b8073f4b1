import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { stdin } from 'node:process';
import { buffer } from 'node:stream/consumers';
import type { z } from 'zod';
import { messageOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/text.ts';
import { decode, NamedFiles } from './files.ts';
import type { Config, DatabaseConfig } from './config.ts';
import { configSchema, databaseUrlProblem, type ConfigFile } from './schema.ts';
import { warningsOf } from './warnings.ts';
import { parseYaml, type Problem, type Report } from './yaml.ts';

/** The file by the order of `--config`, `ROLLCALL_CONFIG`, `rollcall.yaml`. */
export function findConfig(option: string | undefined, environment: NodeJS.ProcessEnv): string {
  return option ?? (environment['ROLLCALL_CONFIG'] || 'rollcall.yaml');
}

/**
 * Reads a configuration file.
 *
 * @param file its path, or `-` for standard input
 * @throws RollcallError (78) that lists every problem with its line, column and key
 */
export async function loadConfig(file: string, environment: NodeJS.ProcessEnv): Promise<Config> {
  const { config, problems } = await inspectConfig(file, environment);
  if (config === null) throw new RollcallError('config', explain(file, problems));
  return config;
}

function explain(file: string, problems: Problem[]): string {
  return problems
    .map(({ line, column, key, message }) => {
      const place = `${visible(file === '-' ? 'standard input' : file)}:${line}:${column}`;
      return `${place}: ${key === '' ? '' : `${visible(key)}: `}${visible(message)}`;
    })
    .join('\n');
}

/** The configuration, or every problem that it has. */
export async function inspectConfig(
  file: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ config: Config; problems: [] } | { config: null; problems: Problem[] }> {
  const source = parseYaml(await readConfig(file), environment);
  const folder = file === '-' ? resolve('.') : dirname(resolve(file));
  const problems = source.problems;
  const report = (path: readonly PropertyKey[], message: string) =>
    problems.push({ ...source.locate(path), key: path.map(String).join('.'), message });

  const parsed = problems.length === 0 ? configSchema.safeParse(source.value ?? {}) : null;
  for (const issue of parsed?.error?.issues ?? []) reportIssue(issue, report);
  if (!parsed?.success) return { config: null, problems: inOrder(problems) };

  const files = new NamedFiles(folder, report);
  const config = assemble(file, folder, parsed.data, files, report);
  const password = ['directory', 'authentication', 'password'];
  if (source.isCutByComment(password))
    report(password, 'ends at the #, which begins a comment; needs quotes');
  if (problems.length > 0) return { config: null, problems: inOrder(problems) };
  config.warnings.push(...warningsOf(config, source, files.secrets));
  return { config, problems: [] };
}

async function readConfig(file: string): Promise<string> {
  try {
    return decode(file === '-' ? await buffer(stdin) : readFileSync(file));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new RollcallError(
      'config',
      missing
        ? `there is no configuration file ${visible(file)}; "rollcall init" writes one, --config names another`
        : `cannot read the configuration: ${visible(messageOf(error))}`,
    );
  }
}

const inOrder = (problems: Problem[]) => problems.sort((a, b) => a.line - b.line || a.column - b.column);

function reportIssue(issue: z.core.$ZodIssue, report: Report): void {
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys)
      report([...issue.path, key], 'unknown key; "rollcall config schema" lists the known');
  } else if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    const quotes = issue.expected === 'string' ? ' (a text such as 0123 or yes needs quotes)' : '';
    const what = issue.message.endsWith('received undefined')
      ? 'is missing'
      : `must be ${wordFor(issue.expected)}`;
    report(issue.path, what + (what === 'is missing' ? '' : quotes));
  } else {
    report(issue.path, lowerFirst(issue.message));
  }
}

function wordFor(type: string): string {
  const words: Record<string, string> = {
    string: 'a text',
    object: 'a section with keys',
    array: 'a list',
    boolean: 'true or false',
    int: 'a whole number',
  };
  return words[type] ?? `a ${type}`;
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

function assemble(file: string, folder: string, data: ConfigFile, files: NamedFiles, report: Report): Config {
  const { directory, database, scope, options, limits, defaultPrivileges } = data;
  const { authentication, tls } = directory;
  const ca = tls.caFile === undefined ? null : files.certificates(['directory', 'tls', 'caFile'], tls.caFile);
  if (ca !== null && !isCertificate(ca))
    report(['directory', 'tls', 'caFile'], 'the file holds no PEM certificate');
  if (ca !== null && tls.ignoreWarnings) {
    report(
      ['directory', 'tls', 'ignoreWarnings'],
      'contradicts caFile: either trust these certificates or any',
    );
  }
  return {
    file,
    directory: {
      url: directory.url,
      authentication: authentication
        ? {
            userName: authentication.userName,
            password:
              authentication.password ??
              files.secret(
                ['directory', 'authentication', 'passwordFile'],
                authentication.passwordFile ?? '',
              ),
          }
        : null,
      login: directory.login,
      tls: { ca, ignoreWarnings: tls.ignoreWarnings },
      timeouts: directory.timeouts,
      retries: directory.retries,
      maxSize: directory.maxSize,
      proxy: directory.proxy ?? null,
    },
    database: databaseOf(folder, database, files, report),
    scope,
    options,
    limits: {
      ...limits,
      updates: { ...limits.updates, count: limits.updates.count ?? null },
      renames: { ...limits.renames, count: limits.renames.count ?? null },
      creations: { ...limits.creations, count: limits.creations.count ?? null },
    },
    defaultPrivileges,
    warnings: [],
  };
}

/** TLS itself passes over a certificate that it cannot read. */
function isCertificate(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}

function databaseOf(
  folder: string,
  database: ConfigFile['database'],
  files: NamedFiles,
  report: Report,
): DatabaseConfig {
  if (database?.url === undefined && database?.urlFile === undefined) {
    return { kind: 'embedded', folder: resolve(folder, database?.embedded ?? 'rollcall-data') };
  }
  const url = database.url ?? files.secret(['database', 'urlFile'], database.urlFile ?? '');
  const problem = url === '' || database.url !== undefined ? null : databaseUrlProblem(url);
  if (problem !== null) report(['database', 'urlFile'], problem);
  return { kind: 'postgres', url, schema: database.schema ?? 'rollcall' };
}
