import type { Group } from '../globals.ts';
import { addConfigCheck } from './config-check.ts';
import { addConfigSchema } from './config-schema.ts';
import { addConfigShow } from './config-show.ts';

/** `rollcall config …`, in the order of its help. */
export function addConfig(config: Group): void {
  for (const add of [addConfigCheck, addConfigShow, addConfigSchema]) add(config);
}
