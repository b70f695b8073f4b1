import { copyFile, constants } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Config } from '../config/config.ts';
import { findConfig, loadConfig } from '../config/load.ts';
import { RollcallError, systemCode } from '../core/errors.ts';
import { visible } from '../core/text.ts';
import type { CommonOptions } from './context.ts';
import { Sink, Terminal } from './terminal.ts';

/** `rollcall config check`, `show` and `schema` */
export async function configCommand(
  part: 'check' | 'show' | 'schema',
  options: CommonOptions,
): Promise<void> {
  const sink = await Sink.open();
  if (part === 'schema') {
    const { jsonSchema } = await import('../config/schema.ts');
    await sink.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    return;
  }
  const terminal = new Terminal(options);
  const config = await loadConfig(findConfig(options.config, process.env), process.env);
  config.warnings.forEach((warning) => terminal.warn(warning));
  await sink.write(part === 'check' ? `${visible(config.file)} is right.\n` : stringify(redact(config)));
}

const redacted = '********';

function redact({ directory, database, scope, options, limits, defaultPrivileges }: Config): object {
  const { authentication } = directory;
  return {
    directory: {
      ...directory,
      url: withoutSecrets(directory.url),
      authentication: authentication && { ...authentication, password: redacted },
    },
    database: database.kind === 'postgres' ? { ...database, url: withoutSecrets(database.url) } : database,
    scope,
    options,
    limits,
    defaultPrivileges,
  };
}

function withoutSecrets(text: string): string {
  const url = new URL(text);
  // A password can hide in the query, too.
  if (url.password !== '') url.password = redacted;
  for (const name of url.searchParams.keys())
    if (/pass|key|token|secret/i.test(name)) url.searchParams.set(name, redacted);
  return url.href;
}

/** `rollcall init` */
export async function init(file: string): Promise<void> {
  const example = fileURLToPath(new URL('../../config.example.yaml', import.meta.url));
  try {
    await copyFile(example, file, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new RollcallError('failed', `${visible(file)} exists already and was not touched`);
    }
    throw new RollcallError('failed', `cannot write ${visible(file)}: ${systemCode(error)}`);
  }
  const sink = await Sink.open();
  await sink.write(`Wrote ${visible(file)}. Set directory.url in it, then try "rollcall sync test".\n`);
}
