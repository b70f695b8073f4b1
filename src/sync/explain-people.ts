import type { Knex } from 'knex';
import type { Explained, Explanation, Query } from '../core/explained.ts';
import type { Members } from '../core/members.ts';
import type { RunResult } from '../core/plan.ts';
import { compileScope, type ScopeRules } from '../core/scope.ts';
import type { Listing } from '../directory/directory.ts';
import { storedMembers } from './entries.ts';
import { findHistory } from './explain-history.ts';
import { archivesOf, entryOf, loginOf, nextOf, scopeOf, userOf, type Person } from './explain-parts.ts';
import { findPersons } from './explain-persons.ts';
import { countUsers } from './explain-stored.ts';
import { readPlanOf } from './read-plan.ts';

/** What is asked, and what the run does not know. */
export interface Asked {
  query: Query;
  members: Members;
  scope: ScopeRules;
  scopeLines: Record<keyof ScopeRules, number[]>;
  options: { renames: boolean };
  /** Whether the directory checks passwords. */
  checksPasswords: boolean;
  /** Whether users may log on whom the directory no longer lists. */
  loginWhileGone: boolean;
  signal: AbortSignal;
}

/** Explains all whom a query means, when the plan of a run is complete. Nothing is changed. */
export async function explainPeople(
  db: Knex.Transaction,
  listing: Listing,
  { blocks }: RunResult,
  asked: Asked,
): Promise<Explained> {
  const { members, query, signal } = asked;
  const found = await findPersons(db, listing, members, query, signal);
  const { persons, archives, omitted, entries } = found;
  const scope = compileScope(asked.scope);
  const stored = await storedMembers(
    db,
    persons.flatMap(({ listed }) => listed?.entry ?? []),
    scope,
  );
  const items = await readPlanOf(
    db,
    asked.options,
    persons.flatMap(({ standing }) => standing?.effective ?? []),
    persons.flatMap(({ user }) => user?.id ?? []),
  );
  const whoseOf = (person: Person) => ({
    id: person.user?.id ?? null,
    names: namesIn(person, archivesOf(person, archives)[0]?.lastOwner?.userName),
  });
  const historyOf = await findHistory(db, persons.map(whoseOf));
  const explanations = persons.map((person): Explanation => {
    const { listed, standing, user } = person;
    const theirs = archivesOf(person, archives);
    return {
      query: { text: asked.query.text, by: person.by },
      entry: listed && standing && entryOf(listed, standing),
      scope: listed && scopeOf(listed.entry, scope, stored, asked.scopeLines),
      identity: identityOf(person),
      user: user && userOf(user),
      archives: theirs.map(({ id: _, nameKey: __, ownerId: ___, ...archive }) => archive),
      login: loginOf(user, asked),
      next: { blocks, items: nextOf(person, items) },
      history: historyOf(whoseOf(person)),
    };
  });
  return { explanations, omitted, entries, users: await countUsers(db) };
}

function identityOf({ standing, user }: Person): Explanation['identity'] {
  if (standing === null) {
    const rule =
      user === null ? 'formerOwner' : user.authentication === 'integrated' ? 'integrated' : 'absent';
    return { rule, userName: null, mayMean: [], agrees: [], differs: [] };
  }
  const { rule } = standing.identity;
  const isOnePerson = rule === 'equal' || rule.startsWith('by');
  return { ...standing.identity, userName: isOnePerson ? (user?.userName ?? null) : null };
}

/** The names whose history is theirs. */
function namesIn({ listed, user }: Person, lastOwner: string | undefined): string[] {
  if (user !== null) return [user.userName];
  const name = listed === null ? lastOwner : listed.entry.userName;
  return name === undefined || name === null ? [] : [name];
}
