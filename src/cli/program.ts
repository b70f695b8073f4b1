import { version } from '../files/assets.ts';
import { addArchivesExport } from './commands/archives-export.ts';
import { addArchivesGive } from './commands/archives-give.ts';
import { addArchivesGrant } from './commands/archives-grant.ts';
import { addArchivesImport } from './commands/archives-import.ts';
import { addArchivesList } from './commands/archives-list.ts';
import { addArchivesRemove } from './commands/archives-remove.ts';
import { addArchivesResolve } from './commands/archives-resolve.ts';
import { addArchivesShow } from './commands/archives-show.ts';
import { addConfigCheck } from './commands/config-check.ts';
import { addConfigSchema } from './commands/config-schema.ts';
import { addConfigShow } from './commands/config-show.ts';
import { addDemo } from './commands/demo.ts';
import { addHistory } from './commands/history.ts';
import { addInit } from './commands/init.ts';
import { addLogin } from './commands/login.ts';
import { addSync } from './commands/sync.ts';
import { addUsersAdd } from './commands/users-add.ts';
import { addUsersList } from './commands/users-list.ts';
import { addUsersRemove } from './commands/users-remove.ts';
import { addUsersRename } from './commands/users-rename.ts';
import { addUsersSet } from './commands/users-set.ts';
import { addUsersShow } from './commands/users-show.ts';
import { createGroup, createProgram, type Group, type Program } from './globals.ts';

/** The command line, in the order of its help. */
export function buildProgram(): Program {
  const program = createProgram(version);
  const group = (name: string, description: string, ...commands: ((parent: Group) => unknown)[]) => {
    const parent = createGroup(program, name, description);
    for (const add of commands) add(parent);
  };
  group('sync', 'synchronize the user database with the directory', addSync);
  addHistory(program);
  group('config', 'inspect the configuration', addConfigCheck, addConfigShow, addConfigSchema);
  addInit(program);
  addDemo(program);
  addLogin(program);
  group(
    'users',
    'list and manage users',
    ...[addUsersList, addUsersShow, addUsersAdd, addUsersSet, addUsersRename, addUsersRemove],
  );
  group(
    'archives',
    'manage archives and the mail in them',
    ...[addArchivesList, addArchivesShow, addArchivesGrant, addArchivesGive, addArchivesRemove],
    ...[addArchivesImport, addArchivesResolve, addArchivesExport],
  );
  return program;
}
