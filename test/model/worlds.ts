import type { Random } from '../faults/random.ts';
import { predict } from './oracle.ts';
import type { Archive, Entry, Person, User, World } from './world.ts';

/** What the worlds of one run have in common. */
export type Setting = Pick<World, 'options' | 'unreadableElsewhere' | 'today'>;

export function randomSetting(random: Random, today: string): Setting {
  return {
    options: {
      deleteUsers: random.next() < 0.75,
      renames: random.next() < 0.85,
      takeOver: random.next() < 0.8 ? 'agreed' : 'always',
    },
    unreadableElsewhere: random.next() < 0.15,
    today,
  };
}

/** All that is in a world has its number in it, so that many of them can be played in one run. */
export const numberOf = (name: string) => Number(/_(\d+)_/.exec(name)?.[1] ?? NaN);

/**
 * A random small world: up to three users over three names and two DNs, their archives and some without an owner, up to
 * three entries, and sometimes answers to the questions that it raises.
 */
export function randomWorld(random: Random, number: number, setting: Setting): World {
  const chance = (probability: number) => random.next() < probability;
  const names = ['a', 'b', 'c'].map((letter) => `${letter}_${number}_`);
  const name = () => random.pick(names);
  const isNumbered = chance(0.6);
  const dns = isNumbered
    ? [`UID=1_${number}_,DC=x`, `UID=2_${number}_`]
    : names.slice(0, 2).map((n) => `UID=${n},DC=x`);
  if (chance(0.1)) dns.push(`CN=Ann ${number}`);
  const dn = () => (chance(0.3) ? null : random.pick(dns));
  // With few members, names and DNs decide; with all, the evidence does.
  const rich = chance(0.7);
  const fullName = () =>
    !rich || chance(0.35)
      ? null
      : random.pick([
          `Ann ${number}`,
          `Ann ${number}`,
          'Bea',
          'Bea One',
          'One, Ann',
          `${names[0] ?? ''} One`,
          '--',
        ]);
  const addresses = () => {
    if (!rich || chance(0.35)) return [];
    const pool = [
      `p_${number}_@x`,
      `q_${number}_@x`,
      `r_${number}_@x`,
      `${names[0] ?? ''}@x`,
      `${names[1] ?? ''}@y`,
    ];
    const first = random.pick(pool);
    const second = random.pick(pool);
    return chance(0.7) || first === second ? [first] : [first, second];
  };
  const person = (userName: string): Person => ({
    userName,
    fullName: fullName(),
    distinguishedName: dn(),
    emailAddresses: addresses(),
  });

  const users: User[] = names
    .filter(() => chance(0.6))
    .map((userName) => {
      const integrated = chance(0.15);
      return {
        ...person(userName),
        authentication: integrated ? 'integrated' : 'directoryServices',
        privileges: [chance(0.15) ? 'admin' : 'login'],
        gone: !integrated && chance(0.2),
      };
    });
  const archives: Archive[] = [];
  const readers = () => users.filter(() => chance(0.25)).map(({ userName }) => userName);
  for (const { userName } of users) {
    const called = chance(0.92) ? userName : name();
    if (chance(0.08) || archives.some((archive) => archive.name === called)) continue;
    const access = [...new Set([userName, ...readers()])];
    archives.push({ name: called, owner: userName, messages: chance(0.5) ? 1 : 0, access, lastOwner: null });
  }
  for (const called of names) {
    if (!chance(0.25) || archives.some((archive) => archive.name === called)) continue;
    const lastOwner = chance(0.6) ? person(called) : null;
    archives.push({ name: called, owner: null, messages: chance(0.7) ? 1 : 0, access: readers(), lastOwner });
  }

  const copied = () => random.pick([...users, ...archives.flatMap(({ lastOwner }) => lastOwner ?? [])]);
  const listing: Entry[] = Array.from({ length: random.below(4) }, () => {
    const userName = name();
    // Half of what is listed is like something that is stored, so that not everything is new.
    const like = chance(0.5) && users.length > 0 ? copied() : null;
    const mine = like && chance(0.7) ? like.userName : userName;
    const entry: Entry = { ...person(mine), unreadable: null };
    if (like && chance(0.7)) entry.distinguishedName = like.distinguishedName;
    if (like && chance(0.7)) entry.fullName = like.fullName;
    if (like && chance(0.7)) entry.emailAddresses = like.emailAddresses;
    return spelled(unread(entry, random, setting), random);
  });
  if (listing.length > 0 && chance(0.1)) listing.push(spelled({ ...random.pick(listing) }, random));
  const world: World = {
    ...setting,
    users,
    archives,
    listing,
    outOfScope: chance(0.1) ? [name()] : [],
    answers: { same: [], new: [] },
  };
  return chance(0.5) ? { ...world, answers: randomAnswers(random, world) } : world;
}

/** Nobody else in the run may be deleted while a name or a DN cannot be read, so that is only where that is so anyway. */
function unread(entry: Entry, random: Random, { unreadableElsewhere }: Setting): Entry {
  const roll = random.next();
  if (roll > 0.08) return entry;
  if (roll > 0.04 || !unreadableElsewhere) return { ...entry, unreadable: 'other', fullName: null };
  return roll > 0.02
    ? { ...entry, unreadable: 'distinguishedName', distinguishedName: null }
    : { ...entry, unreadable: 'userName', userName: null };
}

/** Names, DNs and addresses are the same however they are spelled. */
function spelled(entry: Entry, random: Random): Entry {
  const spell = (text: string) => (random.next() < 0.15 ? text.toUpperCase() : text);
  return {
    ...entry,
    userName: entry.userName && spell(entry.userName),
    distinguishedName: entry.distinguishedName && spell(entry.distinguishedName),
    emailAddresses: entry.emailAddresses.map(spell),
  };
}

/** Answers to some of the questions, by name or by pattern, now and then to one that was not asked. */
function randomAnswers(random: Random, world: World): World['answers'] {
  const answers: World['answers'] = { same: [], new: [] };
  const asked = predict(world).doubts.map(({ userName }) => userName);
  const option = () => (random.next() < 0.5 ? answers.same : answers.new);
  for (const userName of asked) {
    if (random.next() < 0.6) option().push(userName);
    if (random.next() < 0.03) option().push(userName.toUpperCase());
  }
  const anybody = world.listing[0]?.userName;
  if (anybody && random.next() < 0.02) option().push(anybody);
  if (anybody && asked.length > 0 && random.next() < 0.2) option().push(`*_${numberOf(anybody)}_`);
  return answers;
}
