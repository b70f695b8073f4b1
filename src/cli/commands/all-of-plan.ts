import type { Group } from '../globals.ts';
import { addPlanApply } from './plan-apply.ts';
import { addPlanShow } from './plan-show.ts';

export const addPlan = (plan: Group) => {
  addPlanShow(plan);
  addPlanApply(plan);
};
