import { optionalMembers, type OptionalMember } from '../core/members.ts';
import type { Answer, Doubt } from '../core/plan.ts';
import { count, grouped, shellWord } from '../core/printable.ts';
import { valueText, type Show } from './words.ts';

/** The question in one line: which user or archive the entry may mean. */
export function questionText(doubt: Doubt, show: Show): string {
  const { reason, mayMean, others, archive, stored, userName } = doubt;
  if (reason === 'ownerlessArchive') {
    const mail = count(archive?.messages ?? 0, 'message');
    return `may be the last owner of the archive with this name, which holds ${mail}`;
  }
  const byDn = reason === 'contradictsName' ? mayMean.filter((name) => name !== stored?.userName) : mayMean;
  const more = others > 0 ? `, … and ${grouped(others)} more` : '';
  const ofDn = `${byDn.map(show).join(', ')}${more}`;
  if (reason === 'contradictsDn') {
    return byDn.length + others === 1
      ? `may be the stored user ${ofDn}, who has the same distinguished name, or someone else`
      : `may be one of the stored users ${ofDn}, who have the same distinguished name, or someone else`;
  }
  if (byDn.length + others > 0) {
    return `may be the stored user with this name, or ${ofDn} by distinguished name, or someone else`;
  }
  return stored?.userName === userName
    ? 'may be the stored user with this name, or someone else'
    : `may be the stored user ${show(stored?.userName ?? '')}, or someone else`;
}

export const memberNames: Record<OptionalMember, string> = {
  fullName: 'full name',
  distinguishedName: 'distinguished name',
  emailAddresses: 'addresses',
};

/** One member on both sides, and what it proves. Neutral proves nothing. */
export interface Evidence {
  word: 'differs' | 'agrees' | 'neutral';
  name: string;
  stored: string;
  listed: string;
}

/** Compares both sides, member by member; null when the last owner of an archive is unknown. */
export function evidenceOf(doubt: Doubt, show: Show): Evidence[] | null {
  const { listed, agrees, differs } = doubt;
  const stored = doubt.stored ?? doubt.archive?.lastOwner ?? null;
  if (stored === null) return null;
  return optionalMembers
    .filter((member) => [stored, listed].some((side) => (side[member]?.length ?? 0) > 0))
    .map((member) => ({
      word: differs.includes(member) ? 'differs' : agrees.includes(member) ? 'agrees' : 'neutral',
      name: memberNames[member],
      stored: valueText(stored[member], show),
      listed: valueText(listed[member], show),
    }));
}

/** The same in lines: `differs  full name: stored "A", listed "B"`. */
export function evidenceLines(doubt: Doubt, show: Show): string[] {
  const evidence = evidenceOf(doubt, show);
  if (evidence === null) return [unknownOwner];
  return evidence.map(
    ({ word, name, stored, listed }) => `${word.padEnd(7)}  ${name}: stored ${stored}, listed ${listed}`,
  );
}

export const unknownOwner = 'the last owner is unknown';

/** What to type, and what it would do; empty when no answer is possible. */
export function answersOf(doubt: Doubt, show: Show): { command: string; effect: string }[] {
  const { answers, userName, mayMean, others, stored, reason } = doubt;
  const word = shellWord(userName);
  const possible = answers.map(({ answer, effect }) => ({
    command: `--${answer} ${word}`,
    effect: effectText(effect, doubt, show),
  }));
  const offers = (wanted: Answer['answer']) => answers.some(({ answer }) => answer === wanted);
  if (mayMean.length + others > 1 && !offers('same')) {
    possible.push({ command: `rollcall users rename USER ${word}`, effect: 'if it is that user' });
  }
  if (reason === 'contradictsName' && !offers('new')) {
    const holder = shellWord(stored?.userName ?? '');
    possible.push({
      command: `rollcall users rename ${holder} NAME`,
      effect: 'frees the name for another person',
    });
  }
  return possible;
}

/** The same in lines, or why there is none. */
export function answerLines(doubt: Doubt, show: Show): string[] {
  const lines = answersOf(doubt, show).map(({ command, effect }) => `${command}: ${effect}`);
  return lines.length > 0 ? lines : [noAnswer];
}

export const noAnswer = 'no answer is possible while the name is taken; "rollcall users rename" frees it';

/** What an answer would do, in words. */
export function effectText(
  effect: Answer['effect'],
  { userName, stored, archive }: Doubt,
  show: Show,
): string {
  const old = show(stored?.userName ?? '');
  const keeps = stored?.privileges.includes('admin') ? ', and stays an admin' : '';
  switch (effect) {
    case 'update':
      return `the same person; ${old} is updated${keeps}`;
    case 'rename':
      return `the same person; ${old} becomes ${show(userName)}${keeps}`;
    case 'takeOver':
      return `the same person; they get the archive with ${count(archive?.messages ?? 0, 'message')}`;
    case 'createAndDelete':
      return `another person; the stored ${old} is deleted, and any mail they had is set aside`;
    case 'createAndReconsider':
      return `another person; the stored ${old} is matched with another entry, or deleted with any mail set aside`;
    case 'createAndSetAside':
      return 'another person; they start with an empty archive, and the one with mail is set aside';
    case 'create':
      return stored === null
        ? 'another person; a new user'
        : `another person; a new user, and ${old} is matched with another entry, or gone`;
  }
}
