import type { Knex } from 'knex';
import type { Census } from '../core/census.ts';
import type { OptionalMember } from '../core/members.ts';
import type { SkipReason } from '../core/skip-reason.ts';
import {
  noticeReasons,
  planOrder,
  sizesOf,
  type Answer,
  type Change,
  type Counts,
  type Doubt,
  type Notice,
  type PlanItem,
} from '../core/plan.ts';
import { readCursor } from '../database/cursor.ts';
import { all } from '../database/query.ts';
import { findRemarks } from './remarks.ts';

/** `json` keeps the order of the members, for a report; the history stores `jsonb`. */
type JsonType = 'json' | 'jsonb';

/** A `UserState` as JSON, for history and reports. */
const state = (json: JsonType, row: string, archive: string) => `${json}_build_object(
  'userName', ${row}.user_name, 'fullName', ${row}.full_name, 'distinguishedName', ${row}.distinguished_name,
  'emailAddresses', ${row}.email_addresses, 'privileges', ${row}.privileges, 'archive', ${archive})`;

const before = (json: JsonType) => state(json, 'u', '(select name from archives where owner_id = u.id)');

/** The changes of the plan with both sides. Read it before the plan is applied, while `before` still exists. */
export const plannedChanges = (json: JsonType) => `
  select position, action, shown_name, identity, entry, data, user_id, plan.name_key, archive_id,
    case when u.id is not null then ${before(json)} end as before,
    case when plan.user_name is not null then ${state(json, 'plan', 'plan.archive_name')} end as after,
    case when archive_outcome is not null then ${json}_build_object(
      'outcome', archive_outcome, 'name', outcome_name, 'messages', messages, 'accessEnded', access_ended) end as archive
  from pg_temp.plan left join users u on u.id = plan.user_id`;

interface ChangeRow extends Pick<Change, 'action' | 'before' | 'after' | 'identity' | 'archive'> {
  shown_name: string;
}

interface ItemRow extends Omit<ChangeRow, 'action'> {
  action: Change['action'] | Notice['reason'];
  entry: number | null;
  data: Notice['data'];
}

/**
 * Reads the plan of this transaction in order; then the doubts, the skipped entries and the remarks.
 *
 * @param most the maximum number of items of each sort; null for all
 */
export async function* readPlan(
  db: Knex.Transaction,
  counts: Counts,
  census: Census,
  options: { renames: boolean },
  most: number | null,
): AsyncGenerator<PlanItem> {
  yield* readPlanned(db, counts, most);
  const limit = most === null ? '' : `limit ${most}`;
  for await (const rows of readCursor<DoubtRow>(db, `${doubts(options.renames)} ${limit}`)) {
    yield* rows.map(toDoubt);
  }
  const skipped = `select number, user_name, reason from pg_temp.stage where scope = 'skipped' order by number ${limit}`;
  for await (const rows of readCursor<{ number: number; user_name: string | null; reason: SkipReason }>(
    db,
    skipped,
  )) {
    yield* rows.map(({ number, user_name: userName, reason }): PlanItem => ({
      type: 'skipped',
      number,
      userName,
      reason,
    }));
  }
  yield* await findRemarks(db, census);
}

/** The changes and notices of the plan in order. */
export async function* readPlanned(
  db: Knex.Transaction,
  counts: Counts,
  most: number | null,
): AsyncGenerator<PlanItem> {
  const planned = `select action, shown_name, before, after, identity, archive, entry, data
    from (${plannedChanges('json')}) planned where ${firstOfEach(counts, most)} order by position`;
  for await (const rows of readCursor<ItemRow>(db, planned)) yield* rows.map(toItem);
}

/** Every change of the plan, in its order. */
export async function* readPlannedChanges(db: Knex.Transaction): AsyncGenerator<Change> {
  const planned = `select action, shown_name, before, after, identity, archive
    from (${plannedChanges('json')}) planned order by position`;
  for await (const rows of readCursor<ChangeRow>(db, planned)) {
    for (const row of rows) yield toChange(row);
  }
}

/** An item of the plan, and whom it is about. */
export interface ItemOf {
  item: PlanItem;
  /** The position in the listing, and the id of the stored user. */
  entry: number | null;
  userId: string | null;
}

/** Reads what the plan has about these entries and stored users, but for the entries that are skipped. */
export async function readPlanOf(
  db: Knex.Transaction,
  options: { renames: boolean },
  entries: number[],
  userIds: string[],
): Promise<ItemOf[]> {
  const planned = await all<ItemRow & { user_id: string | null }>(
    db,
    `select planned.*, plan.user_id::text from (${plannedChanges('json')}) planned join pg_temp.plan using (position)
     where plan.entry = any (?::int[]) or plan.user_id = any (?::bigint[]) order by position`,
    [entries, userIds],
  );
  const inDoubt = await all<DoubtRow>(
    db,
    `select * from (${doubts(options.renames)}) doubts where entry = any (?::int[])`,
    [entries],
  );
  return [
    ...planned.map((row) => ({ item: toItem(row), entry: row.entry, userId: row.user_id })),
    ...inDoubt.map((row) => ({ item: toDoubt(row), entry: row.entry, userId: null })),
  ];
}

/** Items of one sort have consecutive positions, so the first ones of each sort are ranges. */
function firstOfEach(counts: Counts, most: number | null): string {
  if (most === null) return 'true';
  const sizes = sizesOf(counts);
  let start = 0;
  const ranges = planOrder.map((sort) => {
    const range = `position > ${start} and position <= ${start + Math.min(most, sizes[sort])}`;
    start += sort === 'doubt' ? 0 : sizes[sort];
    return range;
  });
  return ranges.join(' or ');
}

const isNotice = (action: string): action is Notice['reason'] =>
  (noticeReasons as readonly string[]).includes(action);

function toItem({ action, ...row }: ItemRow): PlanItem {
  const { shown_name: userName, entry, data } = row;
  return isNotice(action)
    ? ({ type: 'notice', reason: action, userName, entry, data } as Notice)
    : toChange({ ...row, action });
}

const toChange = (row: ChangeRow): Change => {
  const { action, shown_name: userName, before, after, identity, archive } = row;
  return { type: 'change', action, userName, before, after, identity, archive };
};

interface DoubtRow extends Omit<
  Doubt,
  'type' | 'userName' | 'mayMean' | 'others' | 'agrees' | 'differs' | 'answers'
> {
  may_mean: string[];
  others: string;
  dn: boolean | null;
  full_name: boolean | null;
  addresses: boolean | null;
  same: Answer['effect'] | null;
  new: Answer['effect'] | null;
}

/**
 * Each entry in doubt with both sides, and the effects of the answers that are possible. The holder is the user who has the
 * name of the entry; another entry in doubt may have a claim to them, by their distinguished name.
 */
const doubts = (renames: boolean) => `
  with gone as (select user_id from pg_temp.doubted union select user_id from pg_temp.fate),
  kept as (
    select distinct user_id from pg_temp.wanted
    where user_id is not null and number not in (select number from pg_temp.taken)),
  contest as (
    select dn_key, count(*) as entries, min(number) as first
    from pg_temp.doubt join pg_temp.stage using (number) group by dn_key),
  holder as (
    select u.id, u.name_key, 'admin' = any (privileges) as is_admin, gone.user_id is not null as is_left,
      gone.user_id is null and kept.user_id is null as stays, contest.entries, contest.first
    from users u
    left join gone on gone.user_id = u.id
    left join kept on kept.user_id = u.id
    left join contest using (dn_key))
  select d.number as entry, d.reason, may_mean, others,
    json_build_object('userName', e.user_name, 'fullName', e.full_name, 'distinguishedName', e.distinguished_name,
      'emailAddresses', e.email_addresses) as listed,
    case when u.id is not null then ${before('json')} end as stored,
    case when a.id is not null then json_build_object('name', a.name, 'messages', mail.messages,
      'lastOwner', a.last_owner - 'addressKeys') end as archive,
    v.dn, v.full_name, v.addresses,
    case
      when a.id is not null then 'takeOver'
      when d.meant_id is null or (holder.stays and holder.id <> d.meant_id) then null
      when e.name_key <> u.name_key and ${renames} then 'rename'
      else 'update' end as same,
    case
      when holder.stays or (holder.is_left and holder.is_admin) then null
      when a.id is not null then 'createAndSetAside'
      when holder.is_left and (holder.entries > 1 or holder.first <> d.number) then 'createAndReconsider'
      when holder.is_left then 'createAndDelete'
      else 'create' end as new
  from pg_temp.doubt d
  join pg_temp.stage e on e.number = d.number
  left join users u on u.id = d.user_id
  left join archives a on a.id = d.archive_id
  left join lateral (select count(*) as messages from archive_messages where archive_id = a.id) mail on a.id is not null
  left join pg_temp.evidence v on v.number = d.number and v.other = coalesce(d.user_id, d.archive_id)
    and v.kind = case when d.user_id is null then 'archive' else 'user' end
  left join holder on holder.name_key = e.name_key
  order by e.name_key`;

function toDoubt(row: DoubtRow): Doubt {
  const { reason, entry, listed, stored, archive, may_mean: mayMean, others } = row;
  const words: [OptionalMember, boolean | null][] = [
    ['distinguishedName', row.dn],
    ['fullName', row.full_name],
    ['emailAddresses', row.addresses],
  ];
  const membersThat = (word: boolean) => words.filter(([, said]) => said === word).map(([member]) => member);
  const answers: Answer[] = [];
  if (row.same !== null) answers.push({ answer: 'same', effect: row.same });
  if (row.new !== null) answers.push({ answer: 'new', effect: row.new });
  return {
    ...{
      type: 'doubt',
      reason,
      entry,
      userName: listed.userName,
      listed,
      stored,
      mayMean,
      others: Number(others),
    },
    ...{ archive, agrees: membersThat(true), differs: membersThat(false), answers },
  };
}
