import { accessSync, constants, statSync } from 'node:fs';
import { isLoopback } from '../core/loopback.ts';
import { visible } from '../core/printable.ts';
import type { Config } from './config.ts';
import { withoutPasswords } from '../connection/notation.ts';
import type { ServerSettings } from '../directory/application-integration/password.ts';
import type { ConfigFile } from './schema.ts';
import { hookUrls, isSurelySecret, secretValues } from './secret-values.ts';
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
    const key = settings.directory.url === undefined ? 'directory.urlFile' : 'directory.url';
    if (directory.tls.ignoreWarnings) {
      warnings.push('directory.tls.ignoreWarnings is on: any server can pose as the directory');
    }
    const exposed = protocol === 'http:' && !isLoopback(hostname) ? secretsOf(directory) : [];
    if (exposed.length > 0) {
      const verb = exposed.length === 1 && directory.authentication !== null ? 'is' : 'are';
      warnings.push(`${exposed.join(', ')} ${verb} sent unencrypted; use https in ${key}`);
    }
    if (protocol === 'http:' && directory.tls.client !== null) {
      warnings.push(`the client certificate of directory.tls is not used without https in ${key}`);
    }
  } else warnings.push(...[directory.file].filter(isOurs).flatMap((path) => modeWarnings(path, false)));
  for (const [key, url] of Object.entries(hooksOf(after))) {
    if (url && new URL(url).protocol === 'http:' && !isLoopback(new URL(url).hostname))
      warnings.push(`${key} is sent unencrypted; use https`);
  }
  const holdsSecret =
    [...hookUrls, ...secretValues(settings).filter(isSurelySecret)].some(source.isLiteral) ||
    (source.isLiteral(['directory', 'url']) && hasSecretQuery(settings.directory.url)) ||
    (source.isLiteral(['database', 'url']) &&
      settings.database.url !== undefined &&
      withoutPasswords(settings.database.url) !== settings.database.url);
  if (file !== '-') warnings.push(...modeWarnings(file, holdsSecret));
  return warnings.concat(secretFiles.filter(isOurs).flatMap((path) => modeWarnings(path, true)));
}

const hooksOf = ({ webhook, ping }: Config['after']) => ({
  'after.webhook': webhook?.url,
  'after.ping.success': ping?.success,
  'after.ping.failure': ping?.failure,
});

const hasSecretQuery = (url = '') =>
  URL.canParse(url) &&
  [...new URL(url).searchParams.keys()].some((name) => isSurelySecret(['directory', 'url', name]));

/** What is sent with every request and may be a secret, in words. */
function secretsOf({ authentication, headers, parameters }: ServerSettings): string[] {
  const isGiven = (section: object) => Object.keys(section).length > 0;
  const kind = authentication !== null && 'token' in authentication ? 'token' : 'password';
  return [
    ...(authentication === null ? [] : [`the directory ${kind}`]),
    ...(isGiven(headers) ? ['directory.headers'] : []),
    ...(isGiven(parameters) ? ['directory.parameters'] : []),
  ];
}

function modeWarnings(path: string, holdsSecret: boolean): string[] {
  const { mode } = statSync(path);
  const name = visible(path);
  if ((mode & 0o002) !== 0) return [`anyone on this machine can change ${name}; chmod 600 it`];
  return holdsSecret && (mode & 0o004) !== 0
    ? [`${name} contains a secret, and anyone on this machine can read it; chmod 600 it`]
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
