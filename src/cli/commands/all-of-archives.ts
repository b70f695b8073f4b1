import type { Group } from '../globals.ts';
import { addArchivesExport } from './archives-export.ts';
import { addArchivesGive } from './archives-give.ts';
import { addArchivesGrant } from './archives-grant.ts';
import { addArchivesImport } from './archives-import.ts';
import { addArchivesList } from './archives-list.ts';
import { addArchivesReassign } from './archives-reassign.ts';
import { addArchivesRemoveMessage } from './archives-remove-message.ts';
import { addArchivesRemove } from './archives-remove.ts';
import { addArchivesResolve } from './archives-resolve.ts';
import { addArchivesShow } from './archives-show.ts';

/** `rollcall archives …`, in the order of its help. */
export function addArchives(archives: Group): void {
  for (const add of [
    ...[addArchivesList, addArchivesShow, addArchivesGrant, addArchivesGive, addArchivesRemove],
    ...[
      addArchivesImport,
      addArchivesReassign,
      addArchivesResolve,
      addArchivesExport,
      addArchivesRemoveMessage,
    ],
  ])
    add(archives);
}
