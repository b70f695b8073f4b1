import type { Answer, Doubt, PlanItem, Skipped } from '../core/plan.ts';
import type { SkipReason } from '../core/skip-reason.ts';

/** Reads an item of a plan as `json.ts` wrote it; null for objects of other types. */
export function itemOf(object: { type: string }): PlanItem | null {
  switch (object.type) {
    case 'change':
      return object as PlanItem;
    case 'notice':
    case 'remark':
      return withoutMessage(object);
    case 'skipped': {
      const { reason, data, ...skipped } = object as unknown as SkippedInJson;
      return withoutMessage({ ...skipped, reason: { code: reason, ...data } as SkipReason });
    }
    case 'doubt': {
      const { answers, ...doubt } = object as unknown as DoubtInJson;
      return {
        ...doubt,
        answers: answers.map(({ option, effect }) => ({ answer: answerOf(option), effect })),
      };
    }
    default:
      return null;
  }
}

type SkippedInJson = Omit<Skipped, 'reason'> & { reason: string; data: object };
type DoubtInJson = Omit<Doubt, 'answers'> & { answers: { option: string; effect: Answer['effect'] }[] };

const answerOf = (option: string): Answer['answer'] => (option.startsWith('--same ') ? 'same' : 'new');

function withoutMessage(object: object): PlanItem {
  const item: object & { message?: string } = { ...object };
  delete item.message;
  return item as PlanItem;
}
