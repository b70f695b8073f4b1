/** What a run must say and do, told from the contract alone: a few people, nested loops, no cleverness. */
import type { Archive, Change, Notice, Prediction, State, User, UserState, World } from './world.ts';
import { addressKeys, agrees, byCodePoint, compare, contradicts, dnKey, findMatches } from './evidence.ts';
import { keyOf, nameKey, readListing, sameDn } from './evidence.ts';
import type { Answers, Listing, Named, OpenDoubt } from './evidence.ts';

interface Problem {
  name: string;
  reason: 'admin' | 'nameTaken';
}

interface Plan {
  prediction: Prediction;
  doubts: OpenDoubt[];
  /** Answers that cannot be followed. */
  problems: Problem[];
}

/** The whole run with these answers; they may turn out to be impossible. */
function plan(world: World, listing: Listing, answers: Answers): Plan {
  const { matches, free, doubts, unmatched, leftByName } = findMatches(world, listing, answers);
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const changes: Change[] = [];
  const archiveOf = (user: User) =>
    world.archives.find(({ owner }) => owner !== null && keyOf(owner) === nameKey(user));
  const isAdmin = (user: User) => user.privileges.includes('admin');

  // Who is deleted, and what is said of those who are not.
  const deleted = new Map<User, 'new' | null>();
  const gone = new Set<User>();
  const unsure =
    world.unreadableElsewhere ||
    world.listing.some(
      ({ userName, unreadable }) =>
        userName === null || unreadable === 'userName' || unreadable === 'distinguishedName',
    );
  for (const user of free) {
    const answeredNew = answers.new.has(nameKey(user));
    if (answeredNew && isAdmin(user)) problems.push({ name: nameKey(user), reason: 'admin' });
    // DECIDED: who is in doubt and left alone for a skipped DN, too, is not `unsure`: the doubt says it.
    if (leftByName(user) || doubts.some(({ users }) => users.includes(user))) continue;
    if (listing.skipped.some((entry) => sameDn(entry, user))) {
      notices.push({ reason: 'unsure', userName: user.userName });
    } else if (answeredNew) {
      if (!isAdmin(user)) deleted.set(user, 'new'); // also where deletion is off
    } else if (world.options.deleteUsers && !unsure && !isAdmin(user)) {
      // DECIDED: a world without entries is a part of a listing that is not empty, so it can delete.
      deleted.set(user, null);
    } else {
      gone.add(user);
      const reason = !world.options.deleteUsers ? 'gone' : unsure ? 'unsure' : 'admin';
      notices.push({ reason, userName: user.userName });
    }
  }

  // Rule 5, names that are taken: all want to move, and whoever cannot makes their own name taken in turn.
  let movers = matches.filter(({ entry, user }) => nameKey(entry) !== nameKey(user));
  const wishes = movers;
  if (!world.options.renames) movers = [];
  const isTaken = (name: string) =>
    world.users.some((user) => {
      if (deleted.has(user) || movers.some((mover) => mover.user === user)) return false;
      const archive = archiveOf(user);
      return nameKey(user) === name || (archive !== undefined && keyOf(archive.name) === name);
    });
  for (;;) {
    const able = movers.filter(({ entry }) => !isTaken(nameKey(entry)));
    if (able.length === movers.length) break;
    movers = able;
  }
  for (const match of wishes) {
    if (movers.includes(match)) continue;
    notices.push({ reason: 'nameTaken', userName: match.user.userName });
    if (match.identity === 'same' && world.options.renames) {
      problems.push({ name: nameKey(match.entry), reason: 'nameTaken' });
    }
  }

  // Newcomers, and the ownerless archives at their names (rules 4 and 10).
  const newcomers: { entry: Named; takesOver: Archive | null }[] = [];
  const ownerlessAt = (name: string) =>
    world.archives.find((archive) => archive.owner === null && keyOf(archive.name) === name);
  for (const entry of unmatched) {
    const name = nameKey(entry);
    const answered = answers.new.has(name) || answers.same.has(name);
    const integrated = world.users.find(
      (user) => user.authentication === 'integrated' && nameKey(user) === name,
    );
    if (integrated && !answered) {
      notices.push({ reason: 'integrated', userName: integrated.userName });
      continue;
    }
    // DECIDED: a taken name comes before the question about an ownerless archive.
    if (isTaken(name)) {
      if (answered) problems.push({ name, reason: 'nameTaken' });
      else notices.push({ reason: 'nameTaken', userName: entry.userName });
      continue;
    }
    const archive = ownerlessAt(name);
    const shown =
      archive?.lastOwner && archive.messages > 0
        ? compare(entry, archive.lastOwner, name, listing.listedTwice)
        : null;
    const isTheirs =
      answers.same.has(name) ||
      world.options.takeOver === 'always' ||
      (shown !== null && agrees(shown) && !contradicts(shown));
    if (archive === undefined || answers.new.has(name)) newcomers.push({ entry, takesOver: null });
    else if (isTheirs) newcomers.push({ entry, takesOver: archive });
    else if (archive.messages === 0) newcomers.push({ entry, takesOver: null });
    else doubts.push({ entry, reason: 'ownerlessArchive', users: [] });
  }

  // What becomes of users and archives.
  const newName = (user: User) =>
    movers.find((mover) => mover.user === user)?.entry.userName ?? user.userName;
  const arriving = [
    ...movers.filter(({ user }) => archiveOf(user) !== undefined).map(({ entry }) => nameKey(entry)),
    ...newcomers.filter(({ takesOver }) => takesOver === null).map(({ entry }) => nameKey(entry)),
  ];
  const taken = newcomers.flatMap(({ takesOver }) => takesOver ?? []);
  const fates = new Map<Archive, 'kept' | 'setAside' | 'deleted'>();
  for (const archive of world.archives) {
    const owner = world.users.find((user) => archiveOf(user) === archive);
    if (owner !== undefined ? !deleted.has(owner) : taken.includes(archive)) continue;
    const inTheWay = arriving.includes(keyOf(archive.name)) || (owner && deleted.get(owner) === 'new');
    if (archive.messages === 0 && (owner || inTheWay)) fates.set(archive, 'deleted');
    else if (inTheWay) fates.set(archive, 'setAside');
    else if (owner) fates.set(archive, 'kept');
  }
  const namesBefore = [...world.users.map(nameKey), ...world.archives.map(({ name }) => keyOf(name))];
  const namesAfter = [
    ...matches.map(({ user }) => keyOf(newName(user))),
    ...newcomers.map((n) => nameKey(n.entry)),
  ];
  const asideName = (name: string) => {
    for (let count = 1; ; count++) {
      const aside = `${name} (until ${world.today}${count === 1 ? '' : `, ${count}`})`;
      if (![...namesBefore, ...namesAfter].includes(keyOf(aside))) return aside;
    }
  };
  const nameOfArchive = (archive: Archive) => {
    const owner = world.users.find((user) => archiveOf(user) === archive);
    if (fates.get(archive) === 'setAside') return asideName(archive.name);
    return movers.find(({ user }) => user === owner)?.entry.userName ?? archive.name;
  };
  /** DECIDED: `accessEnded` has the names before the run, other users who are deleted in it included. */
  const othersOf = (archive: Archive, owner: User | null) =>
    archive.access.filter((name) => !owner || keyOf(name) !== nameKey(owner)).sort(byCodePoint);
  const outcomeOf = (archive: Archive | undefined, owner: User | null): Change['archive'] => {
    const outcome = archive && fates.get(archive);
    if (!outcome) return null;
    const accessEnded = outcome === 'deleted' ? othersOf(archive, owner) : [];
    return { outcome, name: nameOfArchive(archive), messages: archive.messages, accessEnded };
  };
  const stateOf = ({ authentication: _, gone: __, ...user }: User, archive: string | null): UserState => ({
    ...user,
    archive,
  });

  const after: State = { users: [], archives: [] };
  for (const user of world.users) {
    const match = matches.find((other) => other.user === user);
    const archive = archiveOf(user);
    const before = stateOf(user, archive?.name ?? null);
    const ended = deleted.get(user);
    if (ended !== undefined) {
      const outcome = outcomeOf(archive, user);
      changes.push({
        action: 'delete',
        userName: user.userName,
        before,
        after: null,
        identity: ended,
        archive: outcome,
      });
      continue;
    }
    if (match === undefined) {
      after.users.push({ ...user, gone: user.gone || gone.has(user) });
      continue;
    }
    const { entry, identity } = match;
    const { fullName, distinguishedName, emailAddresses } = entry;
    const moves = movers.includes(match);
    const differs =
      fullName !== user.fullName ||
      dnKey(distinguishedName) !== dnKey(user.distinguishedName) ||
      addressKeys(entry) !== addressKeys(user);
    // DECIDED: a rename copies DN and addresses as listed even where only their spelling differs.
    const copied = moves || differs ? { fullName, distinguishedName, emailAddresses } : {};
    const result: User = { ...user, ...copied, userName: newName(user), gone: false };
    after.users.push(result);
    if (!moves && !differs) continue;
    changes.push({
      action: moves ? 'rename' : 'update',
      userName: user.userName,
      before,
      after: stateOf(result, archive ? nameOfArchive(archive) : null),
      identity,
      // Only where an archive comes to the name is the one that stands there in its way.
      archive: moves && archive ? outcomeOf(ownerlessAt(nameKey(entry)), null) : null,
    });
  }
  for (const archive of world.archives) {
    if (fates.get(archive) === 'deleted' || taken.includes(archive)) continue;
    const owner = world.users.find((user) => archiveOf(user) === archive);
    const access = archive.access.flatMap((name) => {
      const user = world.users.find((other) => nameKey(other) === keyOf(name));
      if (user === undefined) return [name];
      return deleted.has(user) ? [] : [newName(user)];
    });
    const kept = { ...archive, name: nameOfArchive(archive), access };
    if (owner === undefined) after.archives.push(kept);
    else if (!deleted.has(owner)) after.archives.push({ ...kept, owner: newName(owner) });
    else {
      const { userName, fullName, distinguishedName, emailAddresses } = owner;
      const lastOwner = { userName, fullName, distinguishedName, emailAddresses };
      after.archives.push({ ...kept, owner: null, lastOwner });
    }
  }
  for (const { entry, takesOver } of newcomers) {
    const { userName, fullName, distinguishedName, emailAddresses } = entry;
    const person = { userName, fullName, distinguishedName, emailAddresses, privileges: ['login'] };
    const user: User = { ...person, authentication: 'directoryServices', gone: false };
    const stored = takesOver ?? { name: userName, messages: 0 };
    const { name, messages } = stored;
    after.users.push(user);
    after.archives.push({ name, owner: userName, messages, access: [userName], lastOwner: null });
    const answer = answers.new.has(nameKey(entry)) ? 'new' : answers.same.has(nameKey(entry)) ? 'same' : null;
    changes.push({
      action: 'create',
      userName,
      before: null,
      after: stateOf(user, name),
      identity: answer,
      archive: takesOver
        ? { outcome: 'takenOver', name, messages, accessEnded: othersOf(takesOver, null) }
        : outcomeOf(ownerlessAt(nameKey(entry)), null),
    });
  }
  const told = doubts.map(({ entry, reason, users }) => {
    return {
      reason,
      userName: entry.userName,
      mayMean: users.map((user) => user.userName).sort(byCodePoint),
    };
  });
  const skipped = listing.skippedAt;
  return { prediction: { refused: null, changes, notices, doubts: told, skipped, after }, doubts, problems };
}

export function predict(world: World): Prediction {
  const listing = readListing(world);
  const refuse = (refused: Prediction['refused']): Prediction => {
    const after = { users: world.users, archives: world.archives };
    return { refused, changes: [], notices: [], doubts: [], skipped: [], after };
  };

  // "Answers": whom each of them stands for, by the doubts that there are without any.
  const first = plan(world, listing, { same: new Map(), new: new Set() });
  const { doubts } = first;
  const given = (['same', 'new'] as const).flatMap((kind) =>
    world.answers[kind].map((name) => ({ kind, name })),
  );
  type Given = (typeof given)[number];
  if (given.length === 0) return first.prediction;
  const named = ({ name }: Given) => doubts.filter(({ entry }) => nameKey(entry) === keyOf(name));
  const matched = (answer: Given) => {
    if (!answer.name.includes('*')) return [];
    const parts = keyOf(answer.name)
      .split('*')
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
    return doubts.filter(({ entry }) => new RegExp(`^${parts.join('.*')}$`, 'su').test(nameKey(entry)));
  };
  const exact = (kind: Given['kind']) => given.filter((answer) => answer.kind === kind).flatMap(named);
  const exactly = [...exact('same'), ...exact('new')];
  // Of several who have the DN, the one who has the name, too, is the one who is meant.
  const one = ({ entry, users }: OpenDoubt) =>
    users.find((user) => nameKey(user) === nameKey(entry) && sameDn(user, entry)) ??
    (users.length === 1 ? users[0] : undefined);
  const isOfSeveral = (doubt: OpenDoubt) => doubt.users.length > 1 && one(doubt) === undefined;
  const patterns = given.filter((answer) => named(answer).length === 0);
  const sameByPattern = patterns.filter(({ kind }) => kind === 'same').flatMap(matched);
  const saidSame = [...exact('same'), ...sameByPattern.filter((doubt) => !exactly.includes(doubt))];
  const clashes = (doubt: OpenDoubt, others: OpenDoubt[]) =>
    others.some((other) => other !== doubt && one(other) !== undefined && one(other) === one(doubt));
  /** Those of whom it has turned out that their pattern cannot settle them. */
  const leftOut = new Set<OpenDoubt>();
  const standsFor = (answer: Given): OpenDoubt[] => {
    if (named(answer).length > 0) return named(answer);
    const open = matched(answer).filter((doubt) => !exactly.includes(doubt) && !leftOut.has(doubt));
    if (answer.kind === 'new') return open;
    return open.filter((doubt) => !isOfSeveral(doubt) && !clashes(doubt, saidSame));
  };
  const said = (kind: Given['kind']) => given.filter((answer) => answer.kind === kind).flatMap(standsFor);

  // DECIDED: `both` is judged before it turns out that a pattern cannot settle someone (a taken name, an admin).
  if (said('same').some((doubt) => said('new').includes(doubt))) return refuse('both');
  // A pattern that other answers, by name, have made needless is none that is refused.
  const isEmpty = (answer: Given) =>
    standsFor(answer).length === 0 && !matched(answer).some((doubt) => exactly.includes(doubt));
  if (given.some(isEmpty)) return refuse('notInDoubt');
  if (exact('same').some(isOfSeveral)) return refuse('several');
  if (exact('same').some((doubt) => clashes(doubt, exact('same')))) return refuse('sameUser');
  for (;;) {
    const result = plan(world, listing, {
      same: new Map(said('same').map((doubt) => [nameKey(doubt.entry), one(doubt) ?? null])),
      new: new Set(said('new').map((doubt) => nameKey(doubt.entry))),
    });
    const hasProblem = (doubt: OpenDoubt) =>
      result.problems.some(({ name }) => name === nameKey(doubt.entry));
    // DECIDED: a pattern leaves an admin out, as it does a taken name.
    const unsettled = [...said('same'), ...said('new')].filter(
      (doubt) => !exactly.includes(doubt) && hasProblem(doubt),
    );
    for (const doubt of unsettled) leftOut.add(doubt);
    if (unsettled.length > 0) continue;
    if (given.some(isEmpty)) return refuse('notInDoubt');
    for (const reason of ['admin', 'nameTaken'] as const) {
      if (result.problems.some((problem) => problem.reason === reason)) return refuse(reason);
    }
    // DECIDED: a doubt that the answer for another entry has settled is none any more.
    return result.prediction;
  }
}
