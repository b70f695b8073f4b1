import { accessSync, constants, statSync } from 'node:fs';
import { visible } from '../core/printable.ts';
import type { Config } from './config.ts';
import { withoutPasswords } from '../connection/notation.ts';
import type { ConfigFile } from './schema.ts';
import type { Source } from './yaml.ts';

/**
 * Warns about settings that are allowed but risky.
 *
 * @param settings the configuration as it is written
 * @param secretFiles the paths of files that contain a secret and nothing else
 */
export function warningsOf(
  { file, directory, after }: Omit<Config, 'warnings' | 'scopeLines'>,
  settings: ConfigFile,
  source: Source,
  secretFiles: readonly string[],
): string[] {
  const warnings: string[] = [];
  if ('url' in directory) {
    const { protocol, hostname } = new URL(directory.url);
    if (directory.tls.ignoreWarnings) {
      warnings.push('directory.tls.ignoreWarnings is on: any server can pose as the directory');
    }
    if (directory.authentication && protocol === 'http:' && !isLoopback(hostname)) {
      warnings.push('the directory password is sent unencrypted; use https in directory.url');
    }
  } else warnings.push(...[directory.file].filter(isOurs).flatMap((path) => modeWarnings(path, false)));
  const hooks = { 'after.webhook': after.webhook?.url, ...pingUrls(after) };
  for (const [key, url] of Object.entries(hooks)) {
    if (url && new URL(url).protocol === 'http:' && !isLoopback(new URL(url).hostname))
      warnings.push(`${key} is sent unencrypted; use https`);
  }
  const holdsPassword =
    secretHooks(settings).some((path) => source.isLiteral(path)) ||
    source.isLiteral(['directory', 'authentication', 'password']) ||
    (source.isLiteral(['database', 'url']) &&
      settings.database.url !== undefined &&
      withoutPasswords(settings.database.url) !== settings.database.url);
  if (file !== '-') warnings.push(...modeWarnings(file, holdsPassword));
  return warnings.concat(secretFiles.filter(isOurs).flatMap((path) => modeWarnings(path, true)));
}

const pingUrls = ({ ping }: Config['after']) => ({
  'after.ping.success': ping?.success,
  'after.ping.failure': ping?.failure,
});

/** Where the configuration has what only we may know, besides passwords. */
const secretHooks = ({ after }: ConfigFile) => [
  ['after', 'webhook', 'url'],
  ...Object.keys(after.webhook?.headers ?? {}).map((name) => ['after', 'webhook', 'headers', name]),
  ['after', 'ping', 'success'],
  ['after', 'ping', 'failure'],
];

function modeWarnings(path: string, holdsPassword: boolean): string[] {
  const { mode } = statSync(path);
  const name = visible(path);
  if ((mode & 0o002) !== 0) return [`anyone on this machine can change ${name}; chmod 600 it`];
  return holdsPassword && (mode & 0o004) !== 0
    ? [`${name} contains a password, and anyone on this machine can read it; chmod 600 it`]
    : [];
}

/** False for secrets that a container mounts read-only: their mode cannot be changed. */
function isOurs(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const isLoopback = (host: string) => /^(localhost|127\.[\d.]+|\[::1\])$/.test(host);
