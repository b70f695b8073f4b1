import type { Explanation } from '../core/explained.ts';
import { skipText } from '../core/skip-reason.ts';
import { questionText } from './questions.ts';
import type { Show } from './words.ts';

/** Who an entry is taken for, and by which rule of "Who is who"; or why nobody is. */
export function identityText({ identity, entry, user, next }: Explanation, show: Show): string {
  const stored = show(user?.userName ?? '');
  const isDirectoryUser = user?.authentication === 'directoryServices';
  switch (identity.rule) {
    case 'equal':
      return `is the stored user ${stored}: the same name, and nothing differs`;
    case 'byDn':
      return `is the stored user ${stored}, by the distinguished name, which nobody else has`;
    case 'byName':
      return `is the stored user ${stored}, by the name, and nothing contradicts that`;
    case 'byDnAgain':
      return `is the stored user ${stored}, by the distinguished name, which nobody else has who was left over`;
    case 'new':
      return 'is a newcomer: no stored user is meant';
    case 'nameTaken':
      return 'is a newcomer, whose name is taken';
    case 'integrated':
      return entry === null
        ? 'is an integrated user, made by hand, whom no run changes'
        : 'is nobody: an integrated user has this name';
    case 'skipped': {
      const why = entry?.skipped ? skipText(entry.skipped) : 'it cannot be read';
      const left = isDirectoryUser ? `; the stored user ${stored} is left alone` : '';
      return `is nobody, because the entry is skipped: ${show(why)}${left}`;
    }
    case 'outOfScope': {
      const left = isDirectoryUser ? `; the stored user ${stored} counts as not listed` : '';
      return `is nobody, because the entry is out of scope${left}`;
    }
    case 'absent':
      return 'is a stored user whom no entry means';
    case 'formerOwner':
      return 'is not stored any more, and not listed: only an archive is left';
    default: {
      const doubt = next.items.find((item) => item.type === 'doubt');
      return `is in doubt: ${doubt === undefined ? 'may be a stored user' : questionText(doubt, show)}`;
    }
  }
}
