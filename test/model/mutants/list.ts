/** What is run against a mutant; see run.ts. */
export type Suite = 'worlds' | 'rules' | 'counts' | 'fingerprints' | 'properties';

/** A small change of the program that breaks a rule. */
export interface Mutant {
  /** From the root of the project. */
  file: string;
  /** Stands in the file once. */
  from: string;
  to: string;
  /** What goes wrong for whom. */
  breaks: string;
  /** The suite that is run first, because it is the one that should notice. */
  first?: Suite;
  /** Words in the name of the test that should notice; it is run before all others of `first`. */
  test?: string;
  /** Why nobody can notice. */
  explained?: string;
}

const of = (file: string, mutations: Omit<Mutant, 'file'>[]): Mutant[] =>
  mutations.map((mutation) => ({ file, ...mutation }));

const stage = of('src/sync/stage.ts', [
  {
    from: `(array_agg(number order by user_name collate "C", distinguished_name`,
    to: `(array_agg(number order by number, user_name collate "C", distinguished_name`,
    breaks:
      'Of two spellings of one name the one that is listed first counts, so the order of entries counts.',
    first: 'rules',
    test: 'two entries of one name',
  },
  {
    from: `order by user_name collate "C", distinguished_name collate "C" nulls first,\n                 email_addresses`,
    to: `order by user_name collate "C", email_addresses`,
    breaks: 'Of two spellings of one DN the one that is listed first counts.',
    first: 'rules',
    test: 'the same but for',
  },
  {
    from: `\n                 email_addresses collate "C", number))[1]`,
    to: `\n                 number))[1]`,
    breaks: 'Of two spellings of one address the one that is listed first counts.',
    first: 'rules',
    test: 'the same but for',
  },
  {
    from: `bool_or(scope = 'skipped') or `,
    to: '',
    breaks: 'A good entry counts although an unreadable one has the same name.',
    first: 'rules',
    test: 'a good entry is doubtful',
  },
  {
    from: `count(distinct (full_name, dn_key, address_keys))`,
    to: `count(distinct (dn_key, address_keys))`,
    breaks: 'Two people of one name who differ in the full name become one.',
    first: 'rules',
    test: 'two entries of one name',
  },
  {
    from: `count(distinct (full_name, dn_key, address_keys))`,
    to: `count(distinct (full_name, dn_key))`,
    breaks: 'Two people of one name who differ in the addresses become one.',
    first: 'rules',
    test: 'the same but for',
  },
  {
    from: `count(distinct (full_name, dn_key, address_keys))`,
    to: `count(distinct (full_name, distinguished_name, address_keys))`,
    breaks: 'An entry that stands twice, with its DN spelled in two ways, is skipped.',
    first: 'rules',
    test: 'two entries of one name',
  },
  {
    from: `from pg_temp.stage join names using (name_key) where scope <> 'out'`,
    to: `from pg_temp.stage join names using (name_key)`,
    breaks: 'An entry out of scope makes those in scope that have its name doubtful.',
    first: 'rules',
    test: 'doubtful only for those in',
  },
  {
    from: `where differ and stage.name_key = repeated.name_key and scope <> 'out'`,
    to: `where differ and stage.name_key = repeated.name_key`,
    breaks: 'An entry out of scope is reported as skipped because others of its name differ.',
    first: 'rules',
    test: 'doubtful only for those in',
  },
  {
    from: `reason = coalesce(reason, jsonb_build_object('code', 'repeated', 'numbers', numbers, 'more', more))`,
    to: `reason = jsonb_build_object('code', 'repeated', 'numbers', numbers, 'more', more)`,
    breaks: 'What is wrong with an unreadable entry is not told when its name stands twice.',
    first: 'rules',
    test: 'a good entry is doubtful',
  },
  {
    from: `is_anybodys = coalesce(is_anybodys, false)`,
    to: `is_anybodys = false`,
    breaks: 'People are deleted although the DN of an entry is unreadable, because its name stands twice.',
    first: 'rules',
    test: 'a DN that cannot be read may be',
  },
  {
    from: `is_anybodys = coalesce(is_anybodys, false)`,
    to: `is_anybodys = true`,
    breaks: 'A name that stands twice keeps everybody from being deleted.',
    first: 'rules',
    test: 'doubtful only for those in',
  },
  {
    from: `entry.scope === 'skipped' && entry.isAnybodys`,
    to: `entry.scope === 'skipped'`,
    breaks: 'Any bad entry keeps everybody from being deleted.',
    first: 'rules',
    test: 'a bad entry is skipped',
  },
  {
    from: `array_agg(number order by number))[1:5]`,
    to: `array_agg(number order by number desc))[1:5]`,
    breaks: 'The report names the last positions of a repeated name, and not the first ones.',
    first: 'counts',
  },
  {
    from: `greatest(count(*) - 5, 0)`,
    to: `count(*)`,
    breaks: 'The report counts the positions that it names among those that it does not.',
    first: 'counts',
  },
]);

const fingerprints = of('src/sync/fingerprints.ts', [
  {
    from: `\n      and authentication = 'directoryServices'`,
    to: '',
    breaks: 'An entry that equals an integrated user is not reported.',
    first: 'fingerprints',
  },
  {
    from: `if (earlier > none) {`,
    to: `if (earlier > none && earlier < none) {`,
    breaks: 'Of two entries of one name that differ, the one that is as stored is forgotten.',
    first: 'rules',
  },
  {
    from: `this.#note(user, inStage);\n    return true;`,
    to: `return true;`,
    breaks: 'An entry that comes a third time is taken for the only one of its name.',
    first: 'fingerprints',
  },
  {
    from: `earlier === none && entry.scope === 'in' && this`,
    to: `entry.scope === 'in' && this`,
    breaks: 'Two equal entries of one name count twice.',
    first: 'fingerprints',
  },
  {
    from: ` || entry.scope === 'out'`,
    to: '',
    breaks: 'An entry out of scope has the entry of its name staged.',
    first: 'fingerprints',
  },
]);

const candidates = of('src/sync/candidates.ts', [
  {
    from: `(select * from pg_temp.stage where scope = 'in') e`,
    to: `(select * from pg_temp.stage where scope <> 'skipped') e`,
    breaks: 'Entries out of scope are created and updated.',
  },
  {
    from: `      or e.full_name is distinct from u.full_name\n`,
    to: '',
    breaks: 'A full name that changes in the directory is never copied.',
  },
  {
    from: `or e.dn_key is distinct from u.dn_key`,
    to: '',
    breaks: 'A DN that changes in the directory is never copied.',
  },
  {
    from: `or e.address_keys is distinct from u.address_keys`,
    to: `or not (e.address_keys <@ u.address_keys)`,
    breaks: 'An address that the directory no longer lists stays, and mail goes on to it.',
  },
  {
    from: `or e.address_keys is distinct from u.address_keys`,
    to: `or e.address_keys is distinct from u.address_keys
      or e.dn_key in (select x.dn_key from pg_temp.stage x group by x.dn_key having count(*) > 1)`,
    breaks: 'Whoever is the same in every member is asked about because another entry has their DN.',
  },
  {
    from: `'admin' = any (privileges)`,
    to: `false`,
    breaks: 'An admin who is gone is to be deleted.',
  },
  {
    from: `where scope = 'skipped') skipped`,
    to: `where false) skipped`,
    breaks: 'A user whose own entry is bad is deleted or taken for somebody else.',
  },
  {
    from: `where scope = 'skipped') skipped`,
    to: `where scope <> 'in') skipped`,
    breaks: 'A user who fell out of scope is never deleted.',
  },
]);

const evidence = of('src/sync/weigh-pairs.ts', [
  {
    from: `\n        and not exists (select from pg_temp.compared where compared.user_id = users.id)`,
    to: '',
    breaks: 'An address that an entry and its own user have counts as that of two.',
    first: 'worlds',
  },
  {
    from: `group by address_key having count(*) > 1`,
    to: `group by address_key having count(*) > 2`,
    breaks: 'An address that two entries have shows that a newcomer is the stored user.',
  },
  {
    from: `where address_key in (select address_key from shared)`,
    to: `where scope = 'in' and address_key in (select address_key from shared)`,
    breaks: 'An address that an entry out of scope has, too, counts as proof.',
  },
  {
    from: `gone_since is not null as was_gone`,
    to: `false as was_gone`,
    breaks: 'A DN that was used again after its user was gone gives the newcomer their mail.',
  },
  {
    from: `last_owner ->> 'fullName' as full_name`,
    to: `null as full_name`,
    breaks: 'The full name of the last owner of an archive says nothing.',
  },
  {
    from: `last_owner ->> 'distinguishedName' as distinguished_name`,
    to: `null as distinguished_name`,
    breaks: 'The DN of the last owner of an archive says nothing.',
  },
  {
    from: `array(select jsonb_array_elements_text(last_owner -> 'addressKeys')) as address_keys`,
    to: `'{}'::text[] as address_keys`,
    breaks: 'The addresses of the last owner of an archive say nothing.',
  },
  {
    from: `repeatsName && sameName`,
    to: `repeatsName`,
    breaks: 'A DN that says the old name finds nobody who was renamed.',
  },
]);

const identity = of('src/sync/match.ts', [
  {
    from: `coalesce(staged.n, 0) + unstaged`,
    to: `coalesce(staged.n, 0)`,
    breaks: 'A DN that an unchanged entry has, too, still shows who somebody is.',
    first: 'worlds',
  },
  {
    from: ` and number not in (\${answeredNew}) group by dn_key`,
    to: ` and scope = 'in' and number not in (\${answeredNew}) group by dn_key`,
    breaks: 'A DN that an entry out of scope, or a skipped one, has, too, still shows who somebody is.',
  },
  {
    from: ` and number not in (\${answeredNew}) group by dn_key`,
    to: ` group by dn_key`,
    breaks: 'Another one stays in doubt after --new said of the first that they are somebody else.',
  },
  {
    from: `where authentication = 'directoryServices' and dn_key in`,
    to: `where dn_key in`,
    breaks: 'The DN of an integrated user keeps a directory user from being found.',
  },
  {
    from: `where dn.entries = 1 and dn.users = 1`,
    to: `where dn.users = 1`,
    breaks: 'One of two entries that have the DN of a user becomes that user.',
  },
  {
    from: `where dn.entries = 1 and dn.users = 1`,
    to: `where dn.entries = 1`,
    breaks: 'An entry becomes one of two users who have its DN.',
  },
  {
    from: `where not repeats_common_name and not is_doubtful_by_dn and not u.is_skipped`,
    to: `where not is_doubtful_by_dn and not u.is_skipped`,
    breaks: 'A DN that only repeats the name makes the next hire of that name the old user.',
  },
  {
    from: `where not repeats_common_name and not is_doubtful_by_dn and not u.is_skipped`,
    to: `where not repeats_common_name and not u.is_skipped`,
    breaks: 'The same DN is enough where full name and addresses both differ.',
  },
  {
    from: `where not repeats_common_name and not is_doubtful_by_dn and not u.is_skipped`,
    to: `where not repeats_common_name and not is_doubtful_by_dn`,
    breaks: 'A user whose own entry is bad is renamed to somebody else who has the DN.',
  },
  {
    from: `where not contradicts and not u.is_skipped`,
    to: `where not u.is_skipped`,
    breaks: 'The next hire of a name gets the mail of the one before.',
  },
  {
    from: `      and not (by_dn and is_doubtful_by_dn and not repeats_common_name)\n`,
    to: '',
    breaks: 'Who is in doubt by DN is matched by name all the same.',
  },
  {
    from: `(repeats_name or coalesce(dn.entries, 0)`,
    to: `(false or coalesce(dn.entries, 0)`,
    breaks: 'A DN that only repeats the name of its user puts them in doubt when another entry has it.',
  },
  {
    from: `case when e.dn_key = u.dn_key then 1 else 0 end)`,
    to: `0 or coalesce(dn.entries, 0) = 1)`,
    breaks: 'A user is matched by name although an entry of another name has their DN.',
  },
  {
    from: `where by_name and \${isLeft.entry('pair.number')} and \${isLeft.user('pair.user_id')}`,
    to: 'where by_name',
    breaks: 'An entry that was found by its DN is matched a second time, by its name.',
  },
  {
    from: `  await matchByDnAgain(db);\n`,
    to: '',
    breaks: 'A user stays in doubt although the other who had the DN was found by name.',
  },
  {
    from: `where dn.entries = 1 and dn.users > 1 and`,
    to: `where dn.users > 1 and`,
    breaks: 'One of two entries that have a DN becomes the only user left who has it.',
  },
  {
    from: `group by dn_key having count(*) = 1`,
    to: `group by dn_key having count(*) >= 1`,
    breaks: 'An entry becomes the first of several users left who have its DN.',
  },
  {
    from: `where named.id is not null or by_dn.n > 0;`,
    to: `where named.id is not null;`,
    breaks: 'An entry that may be a user whose DN it has is created, and that user is deleted.',
  },
  {
    from: `\n      and u.dn_key in (select e.dn_key from pg_temp.doubt join pg_temp.new_entry e using (number))`,
    to: ' and false',
    breaks: 'A user whose DN an entry in doubt has is deleted.',
  },
  {
    from: `u.name_key in (select e.name_key from pg_temp.doubt join pg_temp.new_entry e using (number))`,
    to: `false`,
    breaks: 'A user whose name an entry in doubt has is deleted.',
  },
  {
    from: `(array_agg(id order by name_key))[1:10] as ids`,
    to: `(array_agg(id order by id desc))[1:10] as ids`,
    breaks: 'Which of many users a question names depends on the order of the rows.',
    first: 'counts',
  },
  {
    from: `(array_agg(name order by name_key))[1:10]`,
    to: `(array_agg(name order by name_key desc))[1:10]`,
    breaks: 'Those whom an entry may mean do not stand by name.',
    first: 'rules',
    test: 'off by one',
  },
  {
    from: `total.n - cardinality(mean.names)`,
    to: `total.n`,
    breaks: 'A question counts those whom it names among the others who may be meant.',
    first: 'counts',
  },
  {
    from: `case when total.n = 1 or named.dn_key = e.dn_key then`,
    to: `case when true then`,
    breaks: '--same picks the first of several users who may be meant.',
    first: 'counts',
  },
  {
    from: `case when total.n = 1 or named.dn_key = e.dn_key then`,
    to: `case when total.n = 1 then`,
    breaks: '--same is refused although the entry has the name and the DN of one of those who may be meant.',
    first: 'rules',
    test: '--same: means the user',
  },
  {
    from: `case when total.n = 1 or named.dn_key = e.dn_key then`,
    to: `case when total.n = 1 or named.id is not null then`,
    breaks: '--same takes the user of the name although another one has the DN.',
  },
  {
    from: `select number, user_id, 'same' from pg_temp.answer`,
    to: `select number, user_id, 'name' from pg_temp.answer`,
    breaks: 'The history says that a name showed who it was, when the administrator said so.',
    first: 'rules',
    test: '--same: the same person',
  },
  {
    from: ` and not exists (select from pg_temp.answer a where a.number = \${number})`,
    to: '',
    breaks: 'Who is another person by an answer is matched with the stored user all the same.',
  },
]);

const names = of('src/sync/taken-names.ts', [
  {
    from: `and not is_admin and skipped.dn_key is null then 'delete'`,
    to: `and not is_admin then 'delete'`,
    breaks: '--new deletes a user whom a skipped entry may mean.',
  },
  {
    from: `when u.is_skipped or skipped.dn_key is not null then 'left'`,
    to: `when u.is_skipped then 'left'`,
    breaks: 'A user who may be renamed by a bad entry is deleted.',
  },
  {
    from: `when u.is_skipped or skipped.dn_key is not null then 'left'`,
    to: `when skipped.dn_key is not null then 'left'`,
    breaks: 'A user whose own entry is bad is deleted.',
  },
  {
    from: `when somebody_unknown then 'unsure'`,
    to: `when somebody_unknown and is_admin then 'unsure'`,
    breaks: 'People are deleted while the name of an entry is unreadable.',
  },
  {
    from: `when is_admin then 'admin'`,
    to: `when is_admin then 'gone'`,
    breaks: 'The report does not say that an admin was protected.',
    first: 'rules',
  },
  {
    from: `case when a.number is not null then 'new' end`,
    to: `null`,
    breaks: 'The history does not say that --new deleted somebody, and that counts against the limit.',
  },
  {
    from: `select distinct dn_key from pg_temp.stage where scope = 'skipped'`,
    to: `select distinct dn_key from pg_temp.stage where scope <> 'in'`,
    breaks: 'A user who fell out of scope is never deleted.',
  },
  {
    from: `\n         and not exists (select from pg_temp.doubted where doubted.user_id = u.id)`,
    to: '',
    breaks: 'Users in doubt are deleted, and remembered as gone.',
  },
  {
    from: `\n      and not exists (select from pg_temp.doubt d where d.number = e.number)`,
    to: '',
    breaks: 'Entries in doubt are created.',
  },
  {
    from: `from pg_temp.fate where fate = 'delete'`,
    to: `from pg_temp.fate where fate in ('delete', 'gone')`,
    breaks: 'The name of a user who is gone and kept is given to somebody else.',
  },
  {
    from: `select user_id from pg_temp.wanted where user_id is not null\n       union all`,
    to: `select user_id from pg_temp.wanted where false\n       union all`,
    breaks: 'Swaps and chains of names are not applied, because each is in the way of the next.',
  },
  {
    from: `where u.authentication = 'integrated' or u.id not in (select user_id from goes)`,
    to: `where u.authentication <> 'integrated' and u.id not in (select user_id from goes)`,
    breaks: 'Somebody is renamed to the name of an integrated user.',
  },
  {
    from: `case u.authentication when 'integrated' then 'integrated' else 'user' end, u.user_name`,
    to: `'user', u.user_name`,
    breaks: 'An entry that has the name of an integrated user is not reported as a conflict with them.',
  },
  {
    from: `where u.id is distinct from w.user_id and u.id not in (select user_id from goes)`,
    to: `where false`,
    breaks: 'Somebody gets a name at which the archive of another one stands.',
  },
  {
    from: `where w.user_id <> h.user_id`,
    to: `where false`,
    breaks: 'Along a chain somebody moves to the name of one who cannot move.',
    first: 'rules',
    test: 'taken: and so on',
  },
  {
    from: `where w.user_id is distinct from h.user_id`,
    to: `where w.user_id <> h.user_id`,
    breaks: 'A newcomer gets the name of one who wanted to move and cannot.',
  },
  {
    from: `select w.user_id from held join pg_temp.wanted h using (user_id)\n       cross join lateral unnest(array[h.old_key, h.archive_key])`,
    to: `select w.user_id from held join pg_temp.wanted h using (user_id)\n       cross join lateral unnest(array[h.old_key])`,
    breaks: 'Along a chain somebody moves to the name of an archive whose owner cannot move.',
    first: 'rules',
    test: 'taken: and along a chain',
  },
  {
    from: `array['renamesOff', 'integrated', 'user', 'archive']`,
    to: `array['archive', 'user', 'integrated', 'renamesOff']`,
    breaks: 'The report says that an archive stands in the way, and not the user who has the name.',
    first: 'rules',
  },
  {
    from: `from pg_temp.wanted where user_id is not null and not ?`,
    to: `from pg_temp.wanted where user_id is not null and not ? and false`,
    breaks: 'Users are renamed although renames are off.',
  },
  {
    from: `where u.name_key is distinct from e.name_key`,
    to: `where u.name_key is null`,
    breaks: 'Nobody who moves stands in the list of those who want a name, so a taken one is not noticed.',
  },
]);

const archives = of('src/sync/claims.ts', [
  {
    from: `when w.user_id is null and answer.archive_id is not null then 'takenOver'`,
    to: `when false then 'takenOver'`,
    breaks: '--same does not take the archive over.',
  },
  {
    from: `answer.answer is null and \${takeOver`,
    to: `\${takeOver`,
    breaks: 'Who starts with nothing by --new gets the archive of the name where takeOver is always.',
    first: 'rules',
    test: '--new: also of what stood without',
  },
  {
    from: `when messages = 0 then 'deleted'`,
    to: `when messages < 0 then 'deleted'`,
    breaks: 'Empty archives without an owner are kept and asked about.',
  },
  {
    from: `when w.user_id is not null or answer.answer = 'new' then 'setAside'`,
    to: `when answer.answer = 'new' then 'setAside'`,
    breaks: 'Somebody who is renamed to the name of an ownerless archive is in doubt.',
  },
  {
    from: `when w.user_id is not null or answer.answer = 'new' then 'setAside'`,
    to: `when w.user_id is not null then 'setAside'`,
    breaks: 'The archive is not set aside although --new said that the newcomer is somebody else.',
  },
  {
    from: `where not exists (select from pg_temp.taken where taken.number = w.number)`,
    to: `where true`,
    breaks: 'An archive is set aside for somebody whose new name is taken.',
  },
  {
    from: `\n       and (w.user_id is null or w.archive_id is not null)`,
    to: '',
    breaks: 'An archive is set aside for somebody who has no archive to bring.',
  },
  {
    from: `and v.number = claim.number and v.agrees`,
    to: `and v.number = claim.number and not v.contradicts`,
    breaks: 'A newcomer of whom nothing is known gets the mail of the last owner of the name.',
  },
  {
    from: `and a.owner_id is null`,
    to: '',
    breaks: 'The archive of a user who moves away is set aside for whoever comes.',
  },
  {
    from: `delete from pg_temp.wanted where number in (select number from pg_temp.claim where outcome is null);`,
    to: '',
    breaks: 'A newcomer in doubt about an ownerless archive is created.',
  },
]);

const answers = of('src/sync/answers.ts', [
  {
    from: `select d.number, e.user_name, e.name_key, d.meant_id, d.archive_id`,
    to: `select d.number, e.user_name, e.name_key, d.user_id, d.archive_id`,
    breaks: '--same takes the user who is shown when several may be meant.',
    first: 'counts',
  },
  {
    from: `(await insert(true, '=', key)) > 0 || `,
    to: `(await insert(true, '=', key)) < 0 || `,
    breaks: 'The name a* is taken for a pattern although an entry is called that.',
    first: 'rules',
    test: 'is no pattern',
  },
  {
    from: `key.replace(/[\\\\%_]/g, '\\\\$&').replaceAll('*', '%')`,
    to: `key.replaceAll('*', '%')`,
    breaks: 'An underscore in a pattern stands for any character, so that more are answered than meant.',
  },
  {
    from: 'const overruled = `not exact and exists',
    to: 'const overruled = `false and exists',
    breaks: 'Who is named does not stand apart from a pattern that covers everybody.',
  },
  {
    from: `select answer, word from pg_temp.reply r where exact\n`,
    to: `select answer, word from pg_temp.reply r where false\n`,
    breaks: 'The message speaks of a name that both answers cover, and not of one that got both.',
    first: 'counts',
  },
  {
    from: `\n     where exists (select from pg_temp.reply x where x.number = r.number and x.answer <> r.answer)`,
    to: `\n     where false`,
    breaks: 'Two patterns that contradict each other are taken.',
    first: 'counts',
  },
  {
    from: `where exact and answer = 'same' and user_id is null and archive_id is null`,
    to: `where false`,
    breaks: '--same is taken for an entry that may mean several users.',
  },
  {
    from: `where r.exact and r.answer = 'same' and exists (`,
    to: `where false and exists (`,
    breaks: 'Two entries are said to be the same user.',
  },
  {
    from: `q.user_id is null and q.archive_id is null\n      or`,
    to: `false\n      or`,
    breaks: 'A pattern settles an entry that may mean several users.',
    first: 'rules',
    test: 'a pattern leaves out whoever',
  },
  {
    from: `where x.number <> q.number and x.number in (select number from pg_temp.reply where answer = 'same')))`,
    to: `where false))`,
    breaks: 'A pattern says of two entries that they are the same user.',
  },
  {
    from: ` and x.number in (select number from pg_temp.reply where answer = 'same')))`,
    to: `))`,
    breaks: 'A pattern leaves somebody out because of an entry of which nothing was said.',
    first: 'rules',
    test: 'a pattern settles whom',
  },
  {
    from: `for (let left = 1; left > 0;)`,
    to: `for (let left = 1; left > 0; left = 0)`,
    breaks: 'Whom a pattern cannot settle is not asked about.',
    first: 'rules',
    test: 'a pattern leaves out an admin',
  },
  {
    from: `where taken_by <> 'renamesOff'`,
    to: '',
    breaks: '--same is refused where renames are off.',
  },
  {
    from: `(\${ofAdmins} union \${ofTakenNames})`,
    to: `(\${ofAdmins})`,
    breaks: 'A pattern settles an entry whose name is taken.',
  },
  {
    from: `(\${ofAdmins} union \${ofTakenNames})`,
    to: `(\${ofTakenNames})`,
    breaks: '--new by a pattern is carried on for the name of an admin.',
    first: 'rules',
    test: 'a pattern leaves out an admin',
    explained: 'An admin is never deleted, so the name of one is always among the taken ones, too.',
  },
  {
    from: `and u.is_admin join pg_temp.fate`,
    to: `and false join pg_temp.fate`,
    breaks: 'Nobody is told that --new was refused because an admin has the name.',
    first: 'counts',
  },
  {
    from: `!settled.has(said) && !overruled.has(said)`,
    to: `!settled.has(said)`,
    breaks: 'A pattern that answers by name made needless is refused.',
  },
  {
    from: `!settled.has(said) && !overruled.has(said)`,
    to: `false`,
    breaks: 'An answer for a name that is not in doubt is taken.',
  },
  {
    from: `case answer when 'same' then user_id end`,
    to: `user_id`,
    breaks: '--new makes the newcomer the stored user.',
  },
]);

const plan = of('src/sync/fill-plan.ts', [
  {
    from: `case when moves then e.user_name else u.user_name end as user_name`,
    to: `e.user_name`,
    breaks: 'An update changes the case of a name.',
    first: 'rules',
    test: '5: fields that differ',
  },
  {
    from: `or e.dn_key is distinct from u.dn_key\n`,
    to: `or e.distinguished_name is distinct from u.distinguished_name\n`,
    breaks: 'Another spelling of a DN is written down as a change.',
  },
  {
    from: `e.name_key <> u.name_key and taken_by is null as moves`,
    to: `e.name_key <> u.name_key as moves`,
    breaks: 'Somebody is renamed to a name that is taken.',
  },
  {
    from: `where w.user_id is null and not exists (select from pg_temp.taken where taken.number = w.number)`,
    to: `where w.user_id is null`,
    breaks: 'A newcomer is created under a name that is taken.',
  },
  {
    from: `or action = 'rename' and archive_name is not null`,
    to: `or action = 'rename'`,
    breaks: 'The archive of one who leaves is set aside although no archive comes to its name.',
    first: 'rules',
    test: 'aside: only for an archive',
  },
  {
    from: `or action = 'rename' and archive_name is not null`,
    to: '',
    breaks: 'The archive of one who leaves stands in the way of one who is renamed to the name.',
  },
  {
    from: `where action = 'create' and archive_outcome is distinct from 'takenOver'\n`,
    to: `where false\n`,
    breaks: 'The archive of one who leaves stands in the way of a newcomer.',
    first: 'rules',
    test: 'aside: or while a newcomer',
  },
  {
    from: `case when moves and own.id is not null then e.user_name else own.name end,`,
    to: `case when own.id is not null then next.user_name end,`,
    breaks: 'The history says that an updated user’s archive has their name when it has another.',
  },
  {
    from: `case when moves and own.id is not null then e.user_name else own.name end,`,
    to: `own.name,`,
    breaks: 'The history says that the archive of a renamed user keeps the old name.',
  },
  {
    from: `'create', number, user_name, identity, user_name,`,
    to: `'create', number, user_name, null, user_name,`,
    breaks: 'The history does not say that a user was created by an answer.',
    first: 'rules',
    test: '--new: another',
  },
  {
    from: `case outcome when 'takenOver' then a.name else user_name end`,
    to: `user_name`,
    breaks: 'The history gives an archive that was taken over the spelling of the entry.',
  },
  {
    from: `when messages = 0 then 'deleted'`,
    to: `when messages < 0 then 'deleted'`,
    breaks: 'Empty archives of deleted users stay.',
  },
  {
    from: `when identity = 'new' or a.name_key in (select name_key from claimed) then 'setAside'`,
    to: `when a.name_key in (select name_key from claimed) then 'setAside'`,
    breaks: 'The archive of a user whom --new deletes is kept under its name when that is another one.',
    first: 'rules',
    test: '--new: also of what stood',
  },
  {
    from: `where fate not in ('delete', 'left') or fate = 'left' and not old.is_skipped`,
    to: `where fate not in ('delete', 'left', 'admin') or fate = 'left' and not old.is_skipped`,
    breaks: 'Nobody is told of an admin who is no longer in the directory.',
  },
  {
    from: `where fate not in ('delete', 'left') or fate = 'left' and not old.is_skipped`,
    to: `where fate not in ('delete', 'left') or fate = 'left'`,
    breaks: 'A user whose entry is bad is reported twice.',
  },
  {
    from: `where fate not in ('delete', 'left') or fate = 'left' and not old.is_skipped`,
    to: `where fate not in ('delete', 'left')`,
    breaks: 'Nobody is told of a user who was left alone because a bad entry has their DN.',
  },
  {
    from: `case when w.user_id is null and taken_by = 'integrated' then 'integrated' else 'nameTaken' end`,
    to: `case when taken_by = 'integrated' then 'integrated' else 'nameTaken' end`,
    breaks: 'A rename to the name of an integrated user is reported as if the user were integrated.',
    first: 'rules',
    test: 'taken: a renamed user keeps',
  },
  {
    from: `'by', taken_by, 'holder', holder)`,
    to: `'by', taken_by, 'holder', null)`,
    breaks: 'The report does not say who has the name that is taken.',
    first: 'counts',
  },
  {
    from: `\${positions('w.name_key')}`,
    to: `\${positions('number')}`,
    breaks: 'The order of the plan depends on the order of the entries.',
    first: 'rules',
    test: 'only look alike',
  },
  {
    from: `\${positions(\`\${rank('action')}, next.name_key\`)}, action, number, u.id`,
    to: `\${positions('next.name_key')}, action, number, u.id`,
    breaks: 'Renames and updates stand among each other, so that a short report leaves some out.',
    first: 'rules',
    test: '--same: the same person',
  },
  {
    from: `['archives', 'users', 'pg_temp.wanted']`,
    to: `['users', 'pg_temp.wanted']`,
    breaks: 'An archive is set aside under a name at which another one stands.',
    first: 'rules',
    test: 'aside:',
  },
  {
    from: `['archives', 'users', 'pg_temp.wanted']`,
    to: `['archives', 'pg_temp.wanted']`,
    breaks: 'An archive is set aside under the name of a user, who can get no archive then.',
    first: 'rules',
    test: 'aside:',
  },
  {
    from: `['archives', 'users', 'pg_temp.wanted']`,
    to: `['archives', 'users']`,
    breaks: 'An archive is set aside under the name of somebody who comes in the same run.',
    first: 'rules',
    test: 'aside:',
  },
  {
    from: `case when archive_outcome in ('takenOver', 'deleted') then array(`,
    to: `case when archive_outcome = 'takenOver' then array(`,
    breaks: 'Nobody is told whose access ends when an archive is deleted.',
    first: 'rules',
    test: '9: deleting a user',
  },
  {
    from: ` and reader.id is distinct from a.owner_id`,
    to: '',
    breaks: 'The owner stands among the others who lose their access.',
    first: 'rules',
    test: '9: deleting a user',
  },
  {
    from: `where fate not in ('delete', 'left') and gone_since is null`,
    to: `where fate <> 'delete' and gone_since is null`,
    breaks: 'A user whose entry is bad is remembered as gone.',
  },
  {
    from: `where fate not in ('delete', 'left') and gone_since is null`,
    to: `where fate not in ('delete', 'left', 'unsure') and gone_since is null`,
    breaks: 'A user who was kept because of a bad entry is not remembered as gone.',
  },
  {
    from: `where fate not in ('delete', 'left') and gone_since is null`,
    to: `where fate not in ('delete', 'left')`,
    breaks: 'The day since when somebody is gone moves with every run.',
    first: 'counts',
  },
  {
    from: `where fate not in ('delete', 'left') and gone_since is null\n`,
    to: `where fate not in ('delete', 'left') and gone_since is null
    union all
    select user_id, true from pg_temp.doubted\n`,
    breaks: 'A user in doubt is remembered as gone.',
  },
  {
    from: ` union all select user_id from pg_temp.doubted)`,
    to: `)`,
    breaks: 'It is forgotten that a user in doubt was gone, so that the next run gives their mail away.',
  },
  {
    from: `(select user_id from pg_temp.fate union all`,
    to: `(select user_id from pg_temp.fate where fate <> 'left' union all`,
    breaks: 'It is forgotten that a user whose entry is bad was gone.',
  },
  {
    from: `where gone_since is not null and authentication`,
    to: `where false and authentication`,
    breaks: 'It is never forgotten that somebody was gone, so that they come into doubt later.',
  },
]);

const countPlan = of('src/sync/count-plan.ts', [
  {
    from: `identity in ('same', 'new')) as`,
    to: `identity = 'same') as`,
    breaks: 'Deletions by --new count against the limit.',
    first: 'counts',
  },
  {
    from: `identity in ('same', 'new')) as`,
    to: `identity = 'new') as`,
    breaks: 'Updates and renames by --same count against the limits.',
    first: 'counts',
  },
  {
    from: `const guarded = (action: string) => n(action) - n(\`\${action} answered\`);`,
    to: `const guarded = (action: string) => n(action);`,
    breaks: 'What was answered counts against the limits.',
    first: 'counts',
  },
  {
    from: `from users where authentication = 'directoryServices'\n       ) stored`,
    to: `from users\n       ) stored`,
    breaks: 'The limits are held against all users, so that more directory users can be deleted.',
    first: 'counts',
  },
  {
    from: `count(*) filter (where scope = 'in') as listed`,
    to: `count(*) filter (where scope <> 'out') as listed`,
    breaks: 'Skipped entries count as unchanged.',
    first: 'counts',
  },
  {
    from: `(select count(*) from pg_temp.fate where identity is null) as absent`,
    to: `(select count(*) from pg_temp.fate where identity is null and fate <> 'left') as absent`,
    breaks: 'Users of skipped entries count as found, and hold the overlap up.',
    first: 'counts',
  },
  {
    from: `(select count(*) from pg_temp.fate where identity is null) as absent`,
    to: `(select count(*) from pg_temp.fate where identity is null and fate <> 'delete') as absent`,
    breaks: 'Users who are to be deleted count as found, and hold the overlap up.',
    first: 'counts',
  },
  {
    from: `(select count(*) from pg_temp.fate where identity is null) as absent`,
    to: `((select count(*) from pg_temp.fate) + (select count(*) from pg_temp.doubted)) as absent`,
    breaks: 'Users in doubt do not count as found again.',
    first: 'counts',
  },
  {
    from: `(select count(*) from pg_temp.fate where identity is null) as absent`,
    to: `(select count(*) from pg_temp.fate) as absent`,
    breaks: 'Who was in doubt is no longer found once --new has said that it is somebody else.',
    first: 'counts',
  },
  {
    from: `      n('doubts') -\n`,
    to: '',
    breaks: 'Entries in doubt count as unchanged.',
    first: 'counts',
  },
  {
    from: `      n('integrated') -\n`,
    to: '',
    breaks: 'An entry that has the name of an integrated user counts as unchanged.',
    first: 'counts',
  },
  {
    from: `where action = 'nameTaken' and user_id is null) as "not created"`,
    to: `where action = 'nameTaken') as "not created"`,
    breaks: 'A user who keeps the name and is updated is taken off the unchanged ones twice.',
    first: 'counts',
  },
  {
    from: `!acceptMissing.includes(member)`,
    to: `acceptMissing.includes(member)`,
    breaks: 'A member that the directory calls something else is accepted without being asked for.',
    first: 'counts',
  },
]);

const readPlan = of('src/sync/read-plan.ts', [
  {
    from: `start + Math.min(most, sizes[sort])`,
    to: `start + most`,
    breaks: 'A short report shows the wrong items of each sort.',
    first: 'counts',
    explained:
      'What lies behind the end of one sort are the first items of the next ones, which are shown anyway.',
  },
  {
    from: `start += sort === 'doubt' ? 0 : sizes[sort];`,
    to: `start += most;`,
    breaks: 'A short report leaves out what comes after a sort of which there is much.',
    first: 'counts',
  },
  {
    from: `  order by e.name_key\`;`,
    to: '`;',
    breaks: 'The order of the questions depends on the order of the rows.',
    first: 'counts',
  },
  {
    from: `where scope = 'skipped' order by number \${limit}`,
    to: `where scope = 'skipped' order by user_name \${limit}`,
    breaks: 'Skipped entries do not stand in the order of the listing.',
    first: 'rules',
  },
  {
    from: `when d.meant_id is null or (holder.stays and holder.id <> d.meant_id) then null`,
    to: `when holder.stays and holder.id <> d.meant_id then null`,
    breaks: 'A question that may mean several users offers --same, which is refused then.',
    first: 'counts',
  },
  {
    from: `when d.meant_id is null or (holder.stays and holder.id <> d.meant_id) then null`,
    to: `when d.meant_id is null then null`,
    breaks: 'A question about a name that is taken offers --same, which is refused then.',
    first: 'counts',
  },
  {
    from: `when e.name_key <> u.name_key and \${renames} then 'rename'`,
    to: `when e.name_key <> u.name_key then 'rename'`,
    breaks: 'A question offers a rename where renames are off.',
    first: 'counts',
  },
  {
    from: `when holder.stays or (holder.is_left and holder.is_admin) then null`,
    to: `when holder.stays then null`,
    breaks: 'A question about the name of an admin offers --new, which is refused then.',
    first: 'counts',
  },
  {
    from: `when holder.stays or (holder.is_left and holder.is_admin) then null`,
    to: `when holder.is_left and holder.is_admin then null`,
    breaks: 'A question about a name that is taken offers --new, which is refused then.',
    first: 'counts',
  },
  {
    from: `when holder.is_left then 'createAndDelete'`,
    to: `when false then 'createAndDelete'`,
    breaks: 'A question does not say that --new deletes the user who has the name.',
    first: 'counts',
  },
  {
    from: `when holder.is_left and holder.is_contested then`,
    to: `when false then`,
    breaks: 'A question says that --new deletes a user whom another entry may mean.',
    first: 'counts',
  },
  {
    from: `(select user_id from pg_temp.doubted union all select user_id from pg_temp.fate) as is_left`,
    to: `(select user_id from pg_temp.fate) as is_left`,
    breaks: 'A question about a user in doubt does not offer --new.',
    first: 'counts',
  },
  {
    from: `a.last_owner - 'addressKeys') end as archive`,
    to: `a.last_owner) end as archive`,
    breaks: 'A question shows a member of the last owner that is none of theirs.',
    first: 'counts',
  },
  {
    from: `membersThat(true), differs: membersThat(false)`,
    to: `membersThat(false), differs: membersThat(true)`,
    breaks: 'A question says that what differs agrees.',
    first: 'counts',
  },
  {
    from: `and v.other = coalesce(d.user_id, d.archive_id)`,
    to: `and v.other = d.user_id`,
    breaks: 'A question about an archive does not say what speaks for its last owner.',
    first: 'counts',
  },
]);

const remarks = of('src/sync/remarks.ts', [
  {
    from: `\n         and not exists (select from held where held.id = planned.user_id and held.key = planned.key)`,
    to: '',
    breaks: 'An address that two users have had for years is reported whenever one of them changes.',
    first: 'rules',
    test: 'remarks:',
  },
  {
    from: `unnest(address_keys) as key from users) stored`,
    to: `unnest(address_keys) as key from users where authentication = 'directoryServices') stored`,
    breaks: 'Nobody is told that mail to an integrated user goes to somebody else, too.',
    first: 'rules',
    test: 'remarks:',
  },
  {
    from: `where others.position <> given.position`,
    to: `where false`,
    breaks: 'Nobody is told that two newcomers share an address.',
    first: 'rules',
    test: 'remarks:',
  },
  {
    from: `\n         and substring(key from '[^@]*$') !~ '[^\\\\x01-\\\\x7f]'`,
    to: '',
    breaks: 'An address with an internationalized domain is counted twice.',
    first: 'rules',
    test: 'remarks:',
  },
  {
    from: ` union select user_id from pg_temp.doubted)`,
    to: `)`,
    breaks: 'Nobody is told that a newcomer may be a user in doubt.',
    first: 'rules',
    test: 'remarks:',
  },
  {
    from: `select user_id from pg_temp.fate union select`,
    to: `select`,
    breaks: 'Nobody is told that a newcomer may be a user who is gone.',
    first: 'rules',
    test: 'remarks:',
  },
  {
    from: `by_name.full_name = lower(newcomer.full_name)`,
    to: `by_name.full_name = newcomer.full_name`,
    breaks: 'A newcomer whose full name is spelled otherwise is not seen as somebody who is gone.',
    first: 'rules',
    test: 'remarks:',
  },
  {
    from: `where action = 'create' and identity is null`,
    to: `where action = 'create'`,
    breaks: 'A newcomer of whom an answer said who they are not is asked about again.',
    first: 'rules',
    test: 'remarks:',
  },
  {
    from: `select distinct on (position) user_name`,
    to: `select user_name`,
    breaks: 'A newcomer who shares two members with somebody gone counts twice.',
    first: 'rules',
    test: 'remarks:',
  },
  {
    from: `full_name, min(user_name collate "C") as stored`,
    to: `full_name, max(user_name collate "C") as stored`,
    breaks: 'Of several who are gone the remark does not name the first.',
    first: 'counts',
  },
  {
    from: `order by 1 limit`,
    to: `order by 1 desc limit`,
    breaks: 'Those who share an address do not stand by name, and the first are left out.',
    first: 'counts',
  },
  {
    from: `select * from found order by \${sort} limit`,
    to: `select * from found order by \${sort} desc limit`,
    breaks: 'A remark gives the last examples by name, and not the first.',
    first: 'counts',
  },
  {
    from: `order by position, share, stored collate "C"`,
    to: `order by position, share desc, stored collate "C"`,
    breaks: 'A remark says that a newcomer shares the full name, when they share an address, too.',
    first: 'counts',
  },
]);

const apply = of('src/sync/apply.ts', [
  {
    from: `  await markGone(db);\n  if (changesOf(counts) === 0) return;`,
    to: `  if (changesOf(counts) === 0) return;\n  await markGone(db);`,
    breaks: 'A run that changes nobody does not remember who is gone.',
    first: 'rules',
    test: '8: without',
  },
  {
    from: `where plan.archive_outcome = 'deleted' and archives.id`,
    to: `where plan.action = 'delete' and plan.archive_outcome = 'deleted' and archives.id`,
    breaks: 'An empty ownerless archive is in the way of a newcomer.',
  },
  {
    from: `where plan.action = 'delete' and archives.owner_id = users.id`,
    to: `where false and archives.owner_id = users.id`,
    breaks: 'An archive does not remember whose it was.',
  },
  {
    from: `where archive_outcome = 'setAside'`,
    to: `where archive_outcome = 'setAside' and action <> 'delete'`,
    breaks: 'The archive of a deleted user is not set aside.',
  },
  {
    from: `set name = moved.name, name_key = moved.name_key`,
    to: `set name = moved.name`,
    breaks: 'The archive of a renamed user keeps its old key, and is not found by its name.',
    first: 'rules',
    test: 'by DN: user, privileges',
  },
  {
    from: `select archives.id, plan.user_name, plan.name_key\n`,
    to: `select archives.id, plan.user_name, plan.user_name\n`,
    breaks: 'The key of a renamed archive is not folded, so that it is not found by its name.',
    first: 'rules',
    test: '(by DN: user, privileges|aside:)',
  },
  {
    from: `on archives.owner_id = plan.user_id where action = 'rename'`,
    to: `on archives.owner_id = plan.user_id where action in ('rename', 'update')`,
    breaks: 'An archive with a name of its own is renamed when its owner is updated.',
  },
  {
    from: `distinguished_name = plan.distinguished_name, dn_key = plan.dn_key,`,
    to: `distinguished_name = plan.distinguished_name,`,
    breaks: 'A user keeps the key of an old DN, and is taken for whoever has that one next.',
    first: 'rules',
    test: '5: fields',
  },
  {
    from: `email_addresses = plan.email_addresses, address_keys = plan.address_keys,`,
    to: `email_addresses = plan.email_addresses,`,
    breaks: 'Mail goes on to the old addresses of a user.',
    first: 'rules',
    test: '5: fields',
  },
  {
    from: `where archive_outcome = 'takenOver' and archive_access.archive_id = plan.archive_id`,
    to: `where false and archive_access.archive_id = plan.archive_id`,
    breaks: 'Whoever could read the archive before can read it when a newcomer took it over.',
  },
  {
    from: `set owner_id = users.id, last_owner = null`,
    to: `set owner_id = users.id`,
    breaks: 'An archive that was taken over still remembers its last owner.',
  },
]);

const history = of('src/sync/run-history.ts', [
  {
    from: `select ?::bigint, position, action, shown_name, before, after, identity, archive from`,
    to: `select ?::bigint, position, action, shown_name, after, before, identity, archive from`,
    breaks: 'The history shows what is after a change as what was before.',
  },
  {
    from: `select ?::bigint, position, action, shown_name, before, after, identity, archive from`,
    to: `select ?::bigint, position, action, shown_name, before, after, null, archive from`,
    breaks: 'The history does not say how a person was found.',
  },
  {
    from: `select ?::bigint, position, action, shown_name, before, after, identity, archive from`,
    to: `select ?::bigint, position, action, shown_name, before, after, identity, null from`,
    breaks: 'The history does not say what became of an archive.',
  },
  {
    from: `select ?::bigint, position, action, shown_name, before, after, identity, archive from`,
    to: `select ?::bigint, position, action, coalesce(after ->> 'userName', shown_name), before, after, identity, archive from`,
    breaks: 'The history has a renamed user under the new name.',
  },
  {
    from: `select ?::bigint, position, action,`,
    to: `select ?::bigint, -position, action,`,
    breaks: 'The history has the changes of a run in the reverse order.',
    first: 'rules',
    test: 'two names swapped',
  },
  {
    from: `select ?::bigint, position, action,`,
    to: `select ?::bigint - 1, position, action,`,
    breaks: 'The changes are recorded for another run.',
    first: 'rules',
    test: '3: a new',
  },
  {
    from: `where action in (\${actions.map`,
    to: `where true or action in (\${actions.map`,
    breaks: 'The history has notices among the changes.',
    first: 'rules',
    test: '8: without deletion',
  },
  {
    from: `where run_id = \${run} order by position`,
    to: `where run_id = \${run} order by position desc`,
    breaks: 'The history shows the changes of a run in the reverse order.',
    first: 'counts',
  },
  {
    from: `where run_id = \${run} order by position`,
    to: `where run_id >= \${run} order by position`,
    breaks: 'The history shows the changes of later runs, too.',
    first: 'counts',
  },
  {
    from: `.orderBy('id', 'desc')`,
    to: `.orderBy('id')`,
    breaks: 'The history shows the oldest runs instead of the latest.',
    first: 'counts',
  },
  {
    from: `.max<`,
    to: `.min<`,
    breaks: 'A run does not notice that another one was committed while it read the directory.',
    first: 'counts',
  },
  {
    from: `options: JSON.stringify(options),\n      counts: JSON.stringify(counts),`,
    to: `options: JSON.stringify(counts),\n      counts: JSON.stringify(options),`,
    breaks: 'The history has the counts of a run for its options.',
    first: 'counts',
  },
]);

const archiveNames = of('src/database/schema/archive-names.ts', [
  {
    from: `case n when 1 then '' else ', ' || n end`,
    to: `''`,
    breaks: 'A second archive of one name cannot be set aside on the same day.',
    first: 'rules',
  },
  {
    from: `\${archive}.name_key || ending as name_key`,
    to: `\${archive}.name || ending as name_key`,
    breaks: 'The key of an archive that is set aside is not folded, so that it is not found by its name.',
    first: 'rules',
    test: '(by DN: user, privileges|aside:)',
  },
  {
    from: `'emailAddresses', \${row}.email_addresses, 'addressKeys', \${row}.address_keys)`,
    to: `'emailAddresses', \${row}.email_addresses, 'addressKeys', \${row}.email_addresses)`,
    breaks: 'An archive remembers no keys of the addresses, so that its owner is not known again.',
    first: 'rules',
    test: '9: the addresses of the last',
  },
]);

export const mutants: readonly Mutant[] = [
  ...stage,
  ...fingerprints,
  ...candidates,
  ...evidence,
  ...identity,
  ...names,
  ...archives,
  ...answers,
  ...plan,
  ...countPlan,
  ...readPlan,
  ...remarks,
  ...apply,
  ...history,
  ...archiveNames,
];
