import type { PlanItem } from '../core/plan.ts';
import { noticeWords } from './notices.ts';

/** What the page groups items by. */
export interface Kind {
  /** Also the class and the anchor of its section. */
  id: string;
  sign: string;
  label: string;
  /** Whether its rows have a side before and a side after. */
  hasSides: boolean;
  /** Whether it comes before all others, because it waits for an answer. */
  isFirst: boolean;
}

const signs: Record<string, string> = { create: '+', rename: '→', update: '~', delete: '−' };

export function kindOf(item: PlanItem): Kind {
  switch (item.type) {
    case 'change': {
      const { action } = item;
      const hasSides = action === 'rename' || action === 'update';
      return { ...kind(action, signs[action] ?? ''), hasSides };
    }
    case 'notice':
      return kind(noticeWords[item.reason], '!');
    case 'doubt':
      return { ...kind('in doubt', '?'), isFirst: true };
    case 'skipped':
      return kind('skipped', '!');
    case 'remark':
      return kind('remark', '*');
  }
}

const kind = (word: string, sign: string): Kind => ({
  id: word.replaceAll(' ', '-'),
  sign,
  label: word.charAt(0).toUpperCase() + word.slice(1),
  hasSides: false,
  isFirst: false,
});
