import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { stdin } from 'node:process';
import { text } from 'node:stream/consumers';
import type { z } from 'zod';
import { messageOf, RollcallError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import type { ScopeRules } from '../core/scope.ts';
import { visible } from '../core/text.ts';
import { configSchema, databaseUrlProblem, type ConfigFile } from './schema.ts';
import { parseYaml, type Problem, type Source } from './yaml.ts';

/** Everything that a run has to know, read, checked and with its secrets in place. Times in ms, sizes in bytes. */
export interface Config {
  /** As the user named it; `-` for standard input. */
  file: string;
  directory: DirectoryConfig;
  database: DatabaseConfig;
  scope: ScopeRules;
  options: ConfigFile['options'];
  limits: Limits;
  defaultPrivileges: { user: string[]; archive: string[] };
  /** What is allowed but deserves a word at every run. */
  warnings: string[];
}

export interface DirectoryConfig {
  url: string;
  authentication: { userName: string; password: string } | null;
  login: { command: string; userNameParameter: string; passwordParameter: string; answerMember: string };
  tls: { ca: string | null; ignoreWarnings: boolean };
  timeouts: { connect: number; idle: number; total: number };
  retries: number;
  maxSize: number;
  proxy: string | null;
}

export type DatabaseConfig =
  { kind: 'postgres'; url: string; schema: string } | { kind: 'embedded'; folder: string };

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

  const readSecret: ReadSecret = (path, name) => {
    try {
      return readFileSync(resolve(folder, name), 'utf8');
    } catch (error) {
      report(path, `cannot read the file: ${messageOf(error)}`);
      return null;
    }
  };
  const config = assemble(file, folder, parsed.data, readSecret, report);
  if (problems.length > 0) return { config: null, problems: inOrder(problems) };
  config.warnings.push(...warningsOf(config, source));
  return { config, problems: [] };
}

async function readConfig(file: string): Promise<string> {
  try {
    return file === '-' ? await text(stdin) : readFileSync(file, 'utf8');
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

/** The content of a file, or null when that was reported. */
type ReadSecret = (path: string[], name: string) => string | null;

type Report = (path: readonly PropertyKey[], message: string) => void;

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

function assemble(file: string, folder: string, data: ConfigFile, read: ReadSecret, report: Report): Config {
  const { directory, database, scope, options, limits, defaultPrivileges } = data;
  const { authentication, tls } = directory;
  const ca = tls.caFile === undefined ? null : read(['directory', 'tls', 'caFile'], tls.caFile);
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
              oneLine(
                read(['directory', 'authentication', 'passwordFile'], authentication.passwordFile ?? ''),
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
    database: databaseOf(folder, database, read, report),
    scope,
    options,
    limits: {
      deletions: limits.deletions,
      updates: { ...limits.updates, count: limits.updates.count ?? null },
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
  read: ReadSecret,
  report: Report,
): DatabaseConfig {
  if (database?.url === undefined && database?.urlFile === undefined) {
    return { kind: 'embedded', folder: resolve(folder, database?.embedded ?? 'rollcall-data') };
  }
  const secret = database.url ?? read(['database', 'urlFile'], database.urlFile ?? '');
  const url = oneLine(secret);
  const problem = secret === null || database.url !== undefined ? null : databaseUrlProblem(url);
  if (problem !== null) report(['database', 'urlFile'], problem);
  return { kind: 'postgres', url, schema: database.schema ?? 'rollcall' };
}

const oneLine = (secret: string | null) => (secret ?? '').replace(/\r?\n$/, '');

function warningsOf({ file, directory, database }: Config, source: Source): string[] {
  const warnings: string[] = [];
  const { protocol, hostname } = new URL(directory.url);
  if (directory.tls.ignoreWarnings) {
    warnings.push('directory.tls.ignoreWarnings is on: whoever answers is believed to be the directory');
  }
  if (directory.authentication && protocol === 'http:' && !isLoopback(hostname)) {
    warnings.push('the password of the directory travels unencrypted; use https in directory.url');
  }
  const inClear =
    source.isLiteral(['directory', 'authentication', 'password']) ||
    (source.isLiteral(['database', 'url']) &&
      database.kind === 'postgres' &&
      new URL(database.url).password !== '');
  if (inClear && file !== '-' && (statSync(file).mode & 0o004) !== 0) {
    warnings.push(`${visible(file)} holds a password and anybody on this machine can read it; chmod 600 it`);
  }
  return warnings;
}

const isLoopback = (host: string) => /^(localhost|127\.[\d.]+|\[::1\])$/.test(host);
