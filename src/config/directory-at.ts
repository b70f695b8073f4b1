import { Readable } from 'node:stream';
import { stringify } from 'yaml';
import { RollcallError } from '../core/errors.ts';
import type { ServerSettings } from '../directory/application-integration/password.ts';
import { inspectConfig } from './load.ts';

/**
 * A directory of which only the URL is known; everything else has its default.
 *
 * @throws RollcallError (`usage`) when it is not a URL that `directory.url` could be
 */
export async function directoryAt(url: string): Promise<ServerSettings> {
  // Only `$$` stands for itself.
  const source = stringify({ directory: { url: url.replaceAll('$', '$$$$') } });
  const { config, problems } = await inspectConfig('-', { env: {}, stdin: Readable.from([source]) });
  if (config !== null && 'url' in config.directory) return config.directory;
  throw new RollcallError('usage', `the URL ${problems[0]?.message ?? 'is not valid'}`);
}
