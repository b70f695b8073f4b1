import { isUser, type PersonRow } from './person-rows.ts';

interface Part {
  rows: PersonRow[];
  /** The name at the end of it; null if the user was deleted. */
  lastName: string | null;
}

/**
 * Tells persons apart in runs that did not record the numbers of users, by following their names.
 *
 * @param rows in the order of the runs
 */
export function partsOf(rows: PersonRow[]): Part[] {
  const parts: Part[] = [];
  const living = new Map<string, Part>();
  for (const run of runsOf(rows)) {
    // All of them first: names may be swapped within a run.
    const touched = run.map((row) => {
      const known = row.action === 'create' ? undefined : living.get(row.userName);
      const part = known ?? { rows: [], lastName: null };
      if (known === undefined) parts.push(part);
      part.rows.push(row);
      return { part, row };
    });
    for (const { part, row } of touched) if (living.get(row.userName) === part) living.delete(row.userName);
    for (const { part, row } of touched) {
      part.lastName = isUser(row.after) ? row.after.userName : null;
      if (part.lastName !== null) living.set(part.lastName, part);
    }
  }
  return parts;
}

function runsOf(rows: PersonRow[]): PersonRow[][] {
  const runs = new Map<number | null, PersonRow[]>();
  for (const row of rows) runs.set(row.run, [...(runs.get(row.run) ?? []), row]);
  return [...runs.values()];
}
