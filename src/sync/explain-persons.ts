import type { Knex } from 'knex';
import type { Query, QueryKind } from '../core/explained.ts';
import type { Members } from '../core/members.ts';
import type { Listing } from '../directory/directory.ts';
import { findListed, type Listed } from './explain-listed.ts';
import { archivesOf, type Person } from './explain-parts.ts';
import { keysOfQuery } from './explain-query.ts';
import { findRelated, findStandings, type Standing } from './explain-standing.ts';
import {
  findStored,
  readArchives,
  readUsers,
  type Hits,
  type StoredArchive,
  type StoredUser,
} from './explain-stored.ts';

/** How many to explain on either side: a directory may give the same address to everybody. */
const most = 100;

/** All whom a query means. */
export interface Persons {
  persons: Person[];
  /** The archives of all of them. */
  archives: StoredArchive[];
  /** How many more there are, at least. */
  omitted: number;
  /** How many entries the listing has. */
  entries: number;
}

/** Finds entries, stored users and archives, and puts together what belongs to one person. */
export async function findPersons(
  db: Knex.Transaction,
  listing: Listing,
  members: Members,
  asked: Query,
  signal: AbortSignal,
): Promise<Persons> {
  const query = keysOfQuery(asked);
  const hits = await findStored(db, query, most);
  const related = await findRelated(db, [...hits.users.keys()], [...hits.archives.keys()], most);
  const found = await findListed(listing, members, query, related, most, signal);
  const entries = found.listed.map(({ entry }) => entry);
  const standings = await findStandings(db, entries);
  const ofEntries = standings.flatMap(({ userId }) => userId ?? []);
  const users = await readUsers(db, [...new Set([...ofEntries, ...hits.users.keys()])]);
  const archives = await readArchives(db, {
    ids: [...hits.archives.keys(), ...standings.flatMap(({ archiveId }) => archiveId ?? [])],
    nameKeys: [...entries, ...users].flatMap(({ nameKey }) => nameKey ?? []),
    ownerIds: users.map(({ id }) => id),
  });
  const persons = pairUp(found.listed, standings, users)
    .map((person) => ({ ...person, by: kindsOf(person, hits) }))
    // Entries that only have to do with somebody whom the query means, but are not theirs.
    .filter(({ by }) => by.length > 0);
  const shown = new Set(persons.flatMap((person) => archivesOf(person, archives).map(({ id }) => id)));
  for (const [archiveId, by] of hits.archives) {
    if (!shown.has(archiveId)) persons.push({ ...nobody, archiveId, by });
  }
  const shownUsers = new Set(persons.flatMap(({ user }) => user?.id ?? []));
  // Whoever is left out on one side may be shown for the other.
  const omitted = Math.max(found.omitted, hits.total - shownUsers.size);
  return { persons, archives, omitted, entries: found.entries };
}

/** What the query is of anybody's entry, stored user and archive. */
const kindsOf = ({ by, user, standing }: Person, hits: Hits): QueryKind[] => [
  ...new Set([
    ...by,
    ...(hits.users.get(user?.id ?? '') ?? []),
    ...(hits.archives.get(standing?.archiveId ?? '') ?? []),
  ]),
];

const nobody = { listed: null, standing: null, user: null, archiveId: null, by: [] };

/** Each entry with the user whom it concerns, and then each user whom none concerns. */
function pairUp(listed: Listed[], standings: Standing[], users: StoredUser[]): Person[] {
  const byId = new Map(users.map((user) => [user.id, user]));
  const pairs = listed.map((one, i): Person => {
    const standing = standings[i] ?? null;
    return {
      ...nobody,
      listed: one,
      standing,
      user: byId.get(standing?.userId ?? '') ?? null,
      by: one.kinds,
    };
  });
  const paired = new Set(pairs.map(({ user }) => user));
  for (const user of users) {
    if (paired.has(user)) continue;
    // One of several whom an entry may mean.
    const doubt = pairs.find(({ standing }) => standing?.identity.mayMean.includes(user.userName));
    if (doubt?.standing) {
      const identity = { ...doubt.standing.identity, agrees: [], differs: [] };
      pairs.push({ ...doubt, user, standing: { ...doubt.standing, identity } });
    } else if (user.isAbsent || user.authentication === 'integrated') pairs.push({ ...nobody, user });
  }
  return pairs;
}
