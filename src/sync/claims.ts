import type { Knex } from 'knex';
import { weighPairs } from './weigh-pairs.ts';

export type TakeOver = 'agreed' | 'always';

/** Archives without an owner whose name is needed for a user's archive, and what happens to them. */
export const claimTables = `
  create temporary table pg_temp.claim (
    number integer not null,
    archive_id bigint not null,
    messages bigint not null,
    -- takenOver, setAside, deleted; null as long as it is in doubt
    outcome text
  ) on commit drop;`;

/** A newcomer gets an archive with mail only if they are shown to be its last owner, or if that was asked for. */
export async function settleArchives(db: Knex.Transaction, takeOver: TakeOver): Promise<void> {
  await db.raw(
    `delete from pg_temp.claim;
     insert into pg_temp.claim
     select w.number, a.id, messages,
       case
         when w.user_id is null and answer.archive_id is not null then 'takenOver'
         when w.user_id is null and answer.answer is null and ${takeOver === 'always'} then 'takenOver'
         when messages = 0 then 'deleted'
         when w.user_id is not null or answer.answer = 'new' then 'setAside' end
     from pg_temp.wanted w
     join archives a on a.name_key = w.name_key and a.owner_id is null
     cross join lateral (select count(*) as messages from archive_messages where archive_id = a.id) mail
     left join pg_temp.answer on answer.number = w.number
     where not exists (select from pg_temp.taken where taken.number = w.number)
       -- A user without an archive of their own brings none along.
       and (w.user_id is null or w.archive_id is not null)`,
  );
  await weighPairs(
    db,
    'archive',
    'select number, archive_id as other from pg_temp.claim where outcome is null',
    true,
  );
  await db.raw(`
    update pg_temp.claim set outcome = 'takenOver' from pg_temp.evidence v
    where outcome is null and v.kind = 'archive' and v.number = claim.number and v.agrees;
    insert into pg_temp.doubt
    select number, 'ownerlessArchive', null, null, archive_id, '{}', 0 from pg_temp.claim where outcome is null;
    delete from pg_temp.wanted where number in (select number from pg_temp.claim where outcome is null);
    delete from pg_temp.claim where outcome is null`);
}
