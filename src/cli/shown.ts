import type { Archive } from '../accounts/archives.ts';
import type { SetAside } from '../accounts/make-way.ts';
import type { User } from '../accounts/users.ts';
import { count, grouped, shellWord, visible } from '../core/printable.ts';
import { dayText } from '../report/moment.ts';
import type { Listed } from './output.ts';

export const userList: Listed<User> = {
  type: 'user',
  columns: {
    user: (user) => user.userName,
    authentication: (user) => user.authentication,
    'full name': (user) => user.fullName ?? '',
    privileges: (user) => user.privileges.join(' '),
    addresses: (user) => user.emailAddresses.join(' '),
    'gone since': (user) => (user.goneSince === null ? '' : dayText(user.goneSince)),
  },
};

type ShownArchive = Omit<Archive, 'id'>;

/** Leaves out the database ID, which is internal. */
export const shownArchive = ({ id: _, ...archive }: Archive): ShownArchive => archive;

export const archiveList: Listed<ShownArchive> = {
  type: 'archive',
  columns: {
    archive: (archive) => archive.name,
    owner: (archive) => archive.owner ?? '(none)',
    messages: (archive) => grouped(archive.messages),
    access: (archive) =>
      Object.entries(archive.access)
        .map(([user, privileges]) => `${user}: ${privileges.join(' ')}`)
        .join(', '),
  },
};

/** Reports an archive that was set aside: a new owner of a name does not get the mail of the last one. */
export function asideText(aside: SetAside | null, userName: string): string {
  if (aside === null) return '';
  return ` An archive with this name and no owner (${count(aside.messages, 'message')}) was set aside as ${visible(aside.name)}. If it is theirs, run: rollcall archives give ${shellWord(aside.name)} ${shellWord(userName)}`;
}
