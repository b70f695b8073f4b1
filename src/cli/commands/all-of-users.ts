import type { Group } from '../globals.ts';
import { addUsersAdd } from './users-add.ts';
import { addUsersForget } from './users-forget.ts';
import { addUsersList } from './users-list.ts';
import { addUsersRemove } from './users-remove.ts';
import { addUsersRename } from './users-rename.ts';
import { addUsersSet } from './users-set.ts';
import { addUsersShow } from './users-show.ts';

/** `rollcall users …`, in the order of its help. */
export function addUsers(users: Group): void {
  for (const add of [
    ...[addUsersList, addUsersShow, addUsersAdd, addUsersSet, addUsersRename, addUsersRemove],
    addUsersForget,
  ])
    add(users);
}
