import type { Absence, LaterChange, NameHolder, Notice, NoticeReason } from '../core/plan.ts';
import { count } from '../core/printable.ts';
import type { Show } from './words.ts';

/** The kind of a notice in one word. */
export const noticeWords: Record<NoticeReason, string> = {
  integrated: 'taken',
  nameTaken: 'taken',
  admin: 'protected',
  held: 'held',
  gone: 'kept',
  goneCounting: 'kept',
  unsure: 'kept',
  laterChange: 'left out',
};

/** Why a user is left alone. */
export function noticeText(notice: Notice, show: Show): string {
  switch (notice.reason) {
    case 'integrated':
      return 'an integrated user has this name; the directory entry is ignored';
    case 'admin':
      return 'gone from the directory, kept because admins are never deleted';
    case 'gone':
      return 'gone from the directory, kept because options.deleteUsers is off';
    case 'goneCounting':
      return absenceText(notice.data);
    case 'held':
      return 'gone from the directory, kept because the run would delete too many';
    case 'unsure':
      return 'not found in the directory, kept because an unreadable entry may be theirs';
    case 'laterChange':
      return laterText(notice.data);
    case 'nameTaken':
      return notice.data === null ? 'the name is taken' : holderText(notice.userName, notice.data, show);
  }
}

function laterText({ differs }: LaterChange): string {
  const words: Partial<Record<LaterChange['differs'][number], string>> = {
    user: 'whether there is such a user',
    name: 'who has the name',
    userName: 'user name',
    fullName: 'full name',
    distinguishedName: 'distinguished name',
    emailAddresses: 'addresses',
    access: 'who may read the archive',
    mail: 'mail has come to the archive',
  };
  return `not taken back, because something was changed since: ${differs.map((word) => words[word] ?? word).join(', ')}`;
}

function holderText(userName: string, { wanted, by, holder }: NameHolder, show: Show): string {
  const why = {
    user: `the user ${show(holder ?? '')} has that name`,
    integrated: `an integrated user has that name`,
    archive: `the archive with that name belongs to ${show(holder ?? '')}`,
    renamesOff: 'options.renames is off',
  }[by];
  return wanted === userName
    ? `not created: ${why}`
    : `is now ${show(wanted)}, but keeps the old name: ${why}`;
}

/** `gone for 12 of 30 days, 9 listings` */
function absenceText({ ageSeconds, ofSeconds, listings, ofListings }: Absence): string {
  const [unit, seconds] =
    units.find(([, seconds]) => ofSeconds >= seconds && ofSeconds % seconds === 0) ?? units[2];
  const age = Math.floor(ageSeconds / seconds);
  const time = ageSeconds < ofSeconds ? `${age} of ${count(ofSeconds / seconds, unit)}` : count(age, unit);
  const seen =
    listings < ofListings ? `${listings} of ${count(ofListings, 'listing')}` : count(listings, 'listing');
  return `gone for ${time}, ${seen}`;
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;
