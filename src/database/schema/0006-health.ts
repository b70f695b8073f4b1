import type { Knex } from 'knex';

/** What is needed to tell from outside whether runs are in order, and to tell others once. */
export const name = '0006-health';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    alter table runs add column certificate_expires_at timestamptz, add column untold jsonb;
    comment on column runs.certificate_expires_at is 'when the certificate of the directory expires, as the run saw it';
    comment on column runs.untold is 'what failed of that which followed the run: metrics, webhook, ping';
    alter table attempts add column untold jsonb;
    comment on column attempts.untold is 'as runs.untold';

    create table told (state text[] not null, told_at timestamptz not null default clock_timestamp());
    comment on table told is 'one row: what the webhook was last told, so that it is told only what is new';

    create view health as
    with success as (
      select id, committed_at, counts, untold,
        -- A saved plan is as old as when it was made.
        coalesce((options -> 'plan' ->> 'createdAt')::timestamptz, started_at) as listed_at
      from runs where undoes is null order by id desc limit 1
    ), failed as (
      select id, ended_at, outcome, reasons, untold from attempts
      -- Another run was at work, or somebody had an old plan: that is no failure of the synchronization.
      where outcome not in ('locked', 'stale')
        and case command
          when 'sync now' then started_at > coalesce((select listed_at from success), '-infinity')
          when 'plan apply' then ended_at > coalesce((select committed_at from success), '-infinity')
          else false
        end
    ), found as (
      select
        success.id as run, success.committed_at, success.listed_at,
        (
          select certificate_expires_at from runs where undoes is null and plan is null order by id desc limit 1
        ) as certificate_expires_at,
        coalesce((success.counts ->> 'doubts')::integer, 0) as doubts,
        coalesce((success.counts ->> 'held')::integer, 0) as held,
        coalesce((success.counts ->> 'skipped')::integer, 0) as skipped,
        last.ended_at, last.outcome, last.reasons,
        case when last.id is null then success.untold else last.untold end as untold,
        (select count(*)::integer from failed) as failures,
        (select min(ended_at) from failed) as failing_since,
        (select count(*)::integer from users where gone_since is not null) as gone,
        (select min(gone_since) from users) as gone_since
      from (values (1)) one
      left join success on true
      left join (select * from failed order by id desc limit 1) last on true
    )
    select
      greatest(ended_at, committed_at) as last_run_at,
      case
        when ended_at > coalesce(committed_at, '-infinity') then outcome
        when held > 0 then 'held' when run is not null then 'done'
      end as last_run_outcome,
      run as last_success, committed_at as last_success_at,
      extract(epoch from greatest(now() - listed_at, interval '0'))::bigint as age_seconds,
      failures, failing_since, outcome as failing_outcome, reasons as failing_reasons,
      gone, gone_since, doubts, skipped, held, certificate_expires_at, untold,
      array_remove(array[
        case when run is null and failures = 0 then 'never' end,
        case when failures > 0 then case outcome when 'blocked' then 'blocked' else 'failing' end end,
        case when held > 0 then 'held' end,
        case when doubts > 0 then 'doubts' end,
        case when certificate_expires_at < now() + interval '14 days' then 'certificate' end,
        case when untold is not null then 'untold' end
      ], null) as open
    from found;
    comment on view health is 'one row: whether synchronizations are in order; open names what is not';
    comment on column health.last_run_at is 'when the last run ended, also one that failed or was blocked';
    comment on column health.age_seconds is 'how long ago the directory was asked for the last success';
    comment on column health.failures is 'the runs in a row that failed or were blocked';
    comment on column health.gone is 'users who are gone from the directory and kept; gone_since is the earliest time';
  `);
}
