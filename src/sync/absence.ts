/** When this run takes place, by the clock and by the number of its listing. */
export const thisRunTable = (now?: Date) => `
  create temporary table pg_temp.this_run on commit drop as
  select now,
    -- Whoever is missed now: with a clock that went back, they would seem to be gone for longer.
    greatest(now, (select committed_at from runs order by id desc limit 1)) as since,
    (select coalesce(max(listing), 0) + 1 from runs) as listing
  from (select ${now === undefined ? 'now()' : `timestamptz '${now.toISOString()}'`} as now) clock;`;

/**
 * How long a user of the table `users` has been absent if this listing lacks them: `since`, `age` and `listings`. Runs may be
 * gone from the history, and the clock may have gone back; then it is shorter.
 */
export const absenceOf = (user: string) => `(
  select coalesce(${user}.gone_since, this.since) as since,
    greatest(this.now - coalesce(${user}.gone_since, this.since), interval '0') as age,
    case when ${user}.gone_since is null then 1
      else greatest(this.listing - coalesce(${user}.gone_listing, this.listing) + 1, 1) end as listings
  from pg_temp.this_run this)`;
