import type { Group } from '../globals.ts';
import { addDirectoryCheck } from './directory-check.ts';

/** `rollcall directory …` */
export function addDirectory(directory: Group): void {
  addDirectoryCheck(directory);
}
