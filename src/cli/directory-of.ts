import type { Config } from '../config/config.ts';
import type { DirectorySettings } from '../directory/open-directory.ts';

/** The configured directory, or the file that `--listing` names, which stands in for it. */
export function directoryOf({ directory }: Config, listing: string | undefined): DirectorySettings {
  if (listing === undefined) return directory;
  const stdin = listing === '-' ? { stdin: process.stdin } : {};
  return { file: listing, ...stdin, maxSize: directory.maxSize, loginTimeout: 0 };
}
