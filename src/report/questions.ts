import type { Answer, Doubt, Member } from '../core/plan.ts';
import { count, shellWord } from '../core/text.ts';
import { valueText, type Show } from './words.ts';

/** Who may be meant: the question in one line. */
export function questionText(doubt: Doubt, show: Show): string {
  const { reason, mayMean, others, archive, stored, userName } = doubt;
  if (reason === 'ownerlessArchive') {
    const mail = count(archive?.messages ?? 0, 'message');
    return `may be the last owner of the archive of this name, which holds ${mail}`;
  }
  const byDn = reason === 'contradictsName' ? mayMean.filter((name) => name !== stored?.userName) : mayMean;
  const more = others > 0 ? `, … and ${others.toLocaleString('en-US')} more` : '';
  const ofDn = `${byDn.map(show).join(', ')}${more}`;
  if (reason === 'contradictsDn') {
    return byDn.length + others === 1
      ? `may be the stored user ${ofDn}, who has the distinguished name, or somebody else`
      : `may be one of the stored users ${ofDn}, who have the distinguished name, or somebody else`;
  }
  if (byDn.length + others > 0) {
    return `may be the stored user of this name, or ${ofDn} by the distinguished name, or somebody else`;
  }
  return stored?.userName === userName
    ? 'may be the stored user of this name, or somebody else'
    : `may be the stored user ${show(stored?.userName ?? '')}, or somebody else`;
}

const names: Record<Member, string> = {
  fullName: 'full name',
  distinguishedName: 'distinguished name',
  emailAddresses: 'addresses',
};

/** Both sides, member by member: `differs  full name: stored "A", listed "B"`; neutral is what proves nothing. */
export function evidenceLines(doubt: Doubt, show: Show): string[] {
  const { listed, agrees, differs } = doubt;
  const stored = doubt.stored ?? doubt.archive?.lastOwner ?? null;
  if (stored === null) return ['who owned it is not known'];
  return (['fullName', 'distinguishedName', 'emailAddresses'] as const)
    .filter((member) => [stored, listed].some((side) => (side[member]?.length ?? 0) > 0))
    .map((member) => {
      const word = differs.includes(member) ? 'differs' : agrees.includes(member) ? 'agrees' : 'neutral';
      const [old, now] = [stored, listed].map((side) => valueText(side[member], show));
      return `${word.padEnd(7)}  ${names[member]}: stored ${old ?? ''}, listed ${now ?? ''}`;
    });
}

/** What can be answered, and what each answer does. */
export function answerLines(doubt: Doubt, show: Show): string[] {
  const { answers, userName, mayMean, others, stored, reason } = doubt;
  const word = shellWord(userName);
  const lines = answers.map(({ option, effect }) => `${option} ${word}: ${effectText(effect, doubt, show)}`);
  const offers = (option: Answer['option']) => answers.some((answer) => answer.option === option);
  if (mayMean.length + others > 1 && !offers('--same')) {
    lines.push(`rollcall users rename USER ${word}: says which of them it is`);
  }
  if (reason === 'contradictsName' && !offers('--new')) {
    const holder = shellWord(stored?.userName ?? '');
    lines.push(`rollcall users rename ${holder} NAME: makes way for another person`);
  }
  return lines.length > 0
    ? lines
    : ['no answer settles it while the name is taken; "rollcall users rename" makes way'];
}

/** What an answer would do to whom. */
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
      return `another person; the stored ${old} is whom another entry means, or is deleted, and any mail set aside`;
    case 'createAndSetAside':
      return 'another person; they start with an empty archive, and the one with mail is set aside';
    case 'create':
      return stored === null
        ? 'another person; a new user'
        : `another person; a new user, and ${old} is whom another entry means, or gone`;
  }
}
