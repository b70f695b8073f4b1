import { openServer } from './application-integration/open-server.ts';
import type { ServerSettings } from './application-integration/password.ts';
import type { Directory } from './directory.ts';
import { openFile, type FileSettings } from './file/open-file.ts';

/** Where the users come from. */
export type DirectorySettings = ServerSettings | FileSettings;

export const openDirectory = (settings: DirectorySettings): Directory =>
  'file' in settings ? openFile(settings) : openServer(settings);
