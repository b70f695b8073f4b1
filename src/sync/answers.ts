import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { keyOf } from '../core/names.ts';
import type { Answers } from '../core/plan.ts';
import { shellWord } from '../core/printable.ts';
import { all, run } from '../database/query.ts';

export const answerTables = `
  -- The entries in doubt, and the user or archive that each means if it means anybody.
  create temporary table pg_temp.question (
    number integer not null, user_name text not null, name_key text collate "C" not null,
    user_id bigint, archive_id bigint
  ) on commit drop;
  -- What is answered to which of them; exact when the entry is named, and not by a pattern.
  create temporary table pg_temp.reply (
    number integer not null, answer text not null, word text not null, exact boolean not null
  ) on commit drop;`;

/**
 * Checks the answers against the entries in doubt, and matches again with the answers applied.
 *
 * @param identify matches with the answers in `pg_temp.answer`
 * @throws RollcallError (64) when an answer does not fit; nothing has been written by then
 */
export async function settleAnswers(
  db: Knex.Transaction,
  answers: Answers,
  identify: () => Promise<void>,
): Promise<void> {
  const asked = [
    ...answers.same.map((word) => ({ option: 'same', word })),
    ...answers.new.map((word) => ({ option: 'new', word })),
  ];
  if (asked.length === 0) return;
  await db.raw(`
    insert into pg_temp.question
    select d.number, e.user_name, e.name_key, d.meant_id, d.archive_id
    from pg_temp.doubt d join pg_temp.stage e using (number)`);
  for (const { option, word } of asked) await readAnswer(db, option, word);
  await refuseWhatIsNoAnswer(db);
  const overruled = await preferNames(db);
  await leaveOutWhatNoPatternSettles(db);
  await refuseContradictions(db);
  await identifyAnswered(db, identify);
  const settled = await wordsOf(db, 'select answer, word from pg_temp.reply');
  for (const { option, word } of asked) {
    const said = `--${option} ${word}`;
    if (!settled.has(said) && !overruled.has(said)) {
      throw refused(
        option,
        word,
        word.includes('*') ? 'it settles no entry in doubt' : 'no entry in doubt has this name',
      );
    }
  }
}

const refused = (option: string, word: string, reason: string) =>
  new RollcallError(
    'usage',
    `--${option} ${shellWord(word)}: ${reason}; "rollcall sync test" shows who is in doubt, and how to answer`,
  );

async function wordsOf(db: Knex.Transaction, query: string): Promise<Set<string>> {
  const rows = await all<{ answer: string; word: string }>(
    db,
    `select distinct answer, word from (${query}) said`,
  );
  return new Set(rows.map(({ answer, word }) => `--${answer} ${word}`));
}

/** @param query returns `answer` and `word` of the invalid replies */
async function refuseThose(db: Knex.Transaction, query: string, reason: string): Promise<void> {
  const [row] = await all<{ answer: string; word: string }>(
    db,
    `select answer, word from (${query}) wrong order by word collate "C" limit 1`,
  );
  if (row) throw refused(row.answer, row.word, reason);
}

/** An exact name takes precedence: a listed name may contain a `*`. */
async function readAnswer(db: Knex.Transaction, option: string, word: string): Promise<void> {
  const key = keyOf(word.trim());
  const insert = (exact: boolean, operator: 'like' | '=', value: string) =>
    run(
      db,
      `insert into pg_temp.reply select number, ?, ?, ? from pg_temp.question where name_key ${operator} ?`,
      [option, word, exact, value],
    );
  if ((await insert(true, '=', key)) > 0 || !key.includes('*')) return;
  await insert(false, 'like', key.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%'));
}

async function refuseWhatIsNoAnswer(db: Knex.Transaction): Promise<void> {
  await refuseThose(
    db,
    `select answer, word from pg_temp.reply r where exact
       and exists (select from pg_temp.reply x where x.number = r.number and x.exact and x.answer <> r.answer)`,
    'both --same and --new were given for this name',
  );
}

/** An answer by name overrules a pattern that covers the same entry. */
async function preferNames(db: Knex.Transaction): Promise<Set<string>> {
  const overruled = `not exact and exists (select from pg_temp.reply x where x.number = r.number and x.exact)`;
  const words = await wordsOf(db, `select answer, word from pg_temp.reply r where ${overruled}`);
  await db.raw(`delete from pg_temp.reply r where ${overruled}`);
  return words;
}

async function refuseContradictions(db: Knex.Transaction): Promise<void> {
  await refuseThose(
    db,
    `select answer, word from pg_temp.reply r
     where exists (select from pg_temp.reply x where x.number = r.number and x.answer <> r.answer)`,
    'both --same and --new cover the same name',
  );
  await refuseThose(
    db,
    `select answer, word from pg_temp.reply r join pg_temp.question using (number)
     where exact and answer = 'same' and user_id is null and archive_id is null`,
    'it may be one of several users; "rollcall users rename USER NAME" settles which one',
  );
  await refuseThose(
    db,
    `select r.answer, r.word from pg_temp.reply r join pg_temp.question q using (number)
     where r.exact and r.answer = 'same' and exists (
       select from pg_temp.reply x join pg_temp.question other using (number)
       where x.exact and x.answer = 'same' and other.user_id = q.user_id and other.number <> q.number)`,
    'another answer matches the same user with another name',
  );
}

async function leaveOutWhatNoPatternSettles(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    delete from pg_temp.reply r using pg_temp.question q
    where q.number = r.number and not r.exact and r.answer = 'same' and (
      q.user_id is null and q.archive_id is null
      or q.user_id in (
        select x.user_id from pg_temp.question x
        where x.number <> q.number and x.number in (select number from pg_temp.reply where answer = 'same')))`);
}

/** A pattern skips entries that it cannot settle. That can change the result for others, so it repeats until stable. */
async function identifyAnswered(db: Knex.Transaction, identify: () => Promise<void>): Promise<void> {
  const ofAdmins = `
    select r.number from pg_temp.reply r join pg_temp.new_entry e using (number)
    join pg_temp.old_user u on u.name_key = e.name_key and u.is_admin join pg_temp.fate on fate.user_id = u.id
    where answer = 'new'`;
  const ofTakenNames = `select number from pg_temp.taken where taken_by <> 'renamesOff'`;
  for (let left = 1; left > 0;) {
    await db.raw(`
      delete from pg_temp.answer;
      insert into pg_temp.answer
      select distinct number, answer, case answer when 'same' then user_id end, case answer when 'same' then archive_id end
      from pg_temp.reply join pg_temp.question using (number)`);
    await identify();
    await refuseThose(
      db,
      `select answer, word from pg_temp.reply where exact and number in (${ofAdmins})`,
      'an admin has this name; rename them or make them integrated first',
    );
    await refuseThose(
      db,
      `select answer, word from pg_temp.reply where exact and number in (${ofTakenNames})`,
      'the name is taken by a user who keeps it',
    );
    left = await run(
      db,
      `delete from pg_temp.reply where not exact and number in (${ofAdmins} union ${ofTakenNames})`,
    );
  }
}
