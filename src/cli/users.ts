import { readEntry, isSkipped } from '../core/entry.ts';
import { RollcallError } from '../core/errors.ts';
import { contradiction, userPrivileges } from '../core/privileges.ts';
import { count, shellWord, visible } from '../core/text.ts';
import { hashPassword } from '../login/hash.ts';
import { skipText } from '../report/words.ts';
import {
  addUser,
  changeUser,
  findUser,
  listUsers,
  removeUser,
  renameUser,
  type Authentication,
  type UserChange,
} from '../store/users.ts';
import type { SetAside } from '../store/archive-names.ts';
import { inDatabase, type CommonOptions } from './context.ts';
import { askPassword } from './password.ts';
import { printList, say } from './print.ts';

export interface UsersOptions extends CommonOptions {
  format: 'text' | 'json';
  authentication?: Authentication;
  privilege?: string[];
  address?: string[];
  fullName?: string;
  gone?: boolean;
  password?: boolean;
  passwordStdin?: boolean;
}

/** `rollcall users list` and `rollcall users show USER` */
export async function showUsers(userName: string | undefined, options: UsersOptions): Promise<void> {
  const filter = {
    authentication: options.authentication,
    privilege: options.privilege?.[0],
    address: options.address?.[0],
    gone: options.gone,
  };
  const users = await inDatabase(options, 'read', async (db) =>
    userName === undefined ? listUsers(db, filter) : [await findUser(db, userName)],
  );
  await printList(`users ${userName === undefined ? 'list' : 'show'}`, users, options.format, 'user', {
    user: (user) => user.userName,
    authentication: (user) => user.authentication,
    'full name': (user) => user.fullName ?? '',
    privileges: (user) => user.privileges.join(' '),
    addresses: (user) => user.emailAddresses.join(' '),
    'gone since': (user) => user.goneSince?.toISOString().slice(0, 10) ?? '',
  });
}

/** `rollcall users add USER` */
export async function add(userName: string, options: UsersOptions): Promise<void> {
  const { emailAddresses, fullName, name } = readByHand(userName, options);
  const privileges = checkPrivileges(options.privilege ?? ['login']);
  const password = await askPassword(options.passwordStdin === true, `Password for ${visible(name)}`, true);
  if (password === '') throw new RollcallError('usage', 'the password must not be empty');
  const passwordHash = await hashPassword(password);
  const user = { emailAddresses: emailAddresses ?? [], fullName: fullName ?? null, privileges, passwordHash };
  const aside = await inDatabase(options, 'write', (db, { config }) =>
    addUser(db, name, user, config.defaultPrivileges.archive),
  );
  await say(`Added ${visible(name)}.${asideText(aside, name)}`);
}

/** Mail of a name is not given to whoever gets the name. */
function asideText(aside: SetAside | null, userName: string): string {
  if (aside === null) return '';
  return ` An archive of this name stood there without an owner, with ${count(aside.messages, 'message')}; it is now ${visible(aside.name)}. If it is theirs: rollcall archives give ${shellWord(aside.name)} ${shellWord(userName)}`;
}

/** `rollcall users rename USER NAME` */
export async function rename(userName: string, newName: string, options: UsersOptions): Promise<void> {
  const { name } = readByHand(newName, {} as UsersOptions);
  const { user, aside } = await inDatabase(options, 'write', (db) => renameUser(db, userName, name));
  const next =
    user.authentication === 'directoryServices'
      ? ` The next run takes them for the entry ${visible(name)} of the directory, or renames them if their distinguished name has another name there; if the directory has neither, they count as gone.`
      : '';
  await say(`Renamed ${visible(user.userName)} to ${visible(name)}.${next}${asideText(aside, name)}`);
}

/** `rollcall users set USER …` */
export async function set(userName: string, options: UsersOptions): Promise<void> {
  const { emailAddresses, fullName } = readByHand(userName, options);
  const withPassword = options.password === true || options.passwordStdin === true;
  const password = withPassword
    ? await askPassword(options.passwordStdin === true, `New password of ${visible(userName)}`, true)
    : null;
  if (password === '') throw new RollcallError('usage', 'the password must not be empty');
  const change: UserChange = {
    ...(emailAddresses && { emailAddresses }),
    ...(fullName !== undefined && { fullName }),
    ...(options.privilege && { privileges: checkPrivileges(options.privilege) }),
    ...(options.authentication && { authentication: options.authentication }),
    ...(password !== null && { passwordHash: await hashPassword(password) }),
  };
  if (Object.keys(change).length === 0)
    throw new RollcallError('usage', 'users set needs at least one option; see users set --help');
  await inDatabase(options, 'write', (db) => changeUser(db, userName, change));
  await say(`Changed ${visible(userName)}.`);
}

/** `rollcall users remove USER` */
export async function remove(userName: string, options: UsersOptions): Promise<void> {
  const left = await inDatabase(options, 'write', (db) => removeUser(db, userName));
  const archive = left > 0 ? ` The archive stays without an owner: it holds ${count(left, 'message')}.` : '';
  await say(`Removed ${visible(userName)}.${archive}`);
}

/** What is typed by hand has to be as good as what the directory lists. */
function readByHand(userName: string, { address, fullName }: UsersOptions) {
  const entry = readEntry({ userName, fullName, emailAddresses: address }, 1);
  if (isSkipped(entry))
    throw new RollcallError('usage', `this cannot be stored: ${visible(skipText(entry.reason))}`);
  return {
    name: entry.userName,
    ...(address && { emailAddresses: entry.emailAddresses }),
    ...(fullName !== undefined && { fullName: entry.fullName }),
  };
}

function checkPrivileges(privileges: string[]): string[] {
  const unknown = privileges.find((privilege) => !(userPrivileges as readonly string[]).includes(privilege));
  if (unknown !== undefined) {
    throw new RollcallError('usage', `"${visible(unknown)}" is none of ${userPrivileges.join(', ')}`);
  }
  const problem = contradiction(privileges);
  if (problem !== null) throw new RollcallError('usage', `privileges: ${problem}`);
  return privileges;
}
