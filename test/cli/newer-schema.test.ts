import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildWholeProgram } from '../../src/cli/program.ts';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { allCommands } from '../docs/command-lines.ts';
import { Workplace } from '../support/cli.ts';
import { partOf } from '../support/stores.ts';

/** What a later version might do, so that SQL of this one would fail, or worse. */
const upgrade = `
  alter table rollcall.users rename column full_name to display_name;
  alter table rollcall.archives add column host text not null default 'here';
  drop view rollcall.health;
  insert into rollcall.migrations (name, batch, migration_time) values ('0998-soon', 2, now()), ('0999-later', 2, now())`;

const message =
  'the database was upgraded by a newer rollcall, to 0999-later, and this one knows it up to 0006-health; install the newer version here, too';

/** Every command that opens the user database, as somebody would type it. */
const commands: Record<string, string> = {
  'sync test': 'sync test',
  'sync now': 'sync now --quiet-unchanged',
  'plan apply': 'plan apply plan.jsonl',
  'undo test': 'undo test 1',
  'undo now': 'undo now 1',
  history: 'history',
  'history user': 'history user anna',
  'history prune': 'history prune --keep 1d',
  explain: 'explain anna',
  status: 'status',
  login: 'login anna --password-stdin',
  'users list': 'users list',
  'users show': 'users show anna',
  'users add': 'users add root --password-stdin',
  'users set': 'users set anna --privilege admin',
  'users rename': 'users rename anna hanna',
  'users remove': 'users remove anna',
  'users forget': 'users forget anna',
  'archives list': 'archives list',
  'archives show': 'archives show anna',
  'archives grant': 'archives grant anna root read',
  'archives give': 'archives give anna root',
  'archives remove': 'archives remove anna',
  'archives import': 'archives import mail',
  'archives resolve': 'archives resolve a@x',
  'archives export': 'archives export anna',
  'archives reassign': 'archives reassign',
  'archives remove-message': 'archives remove-message 1',
};

/** They need none; doctor says it in its own way. */
const others = /^(config|directory) |^(init|demo|plan show|doctor|completion)$/;

let directory: Directory;
let workplace: Workplace;
let database: Awaited<ReturnType<typeof createDatabase>>;
beforeAll(async () => {
  directory = await Directory.start();
  directory.lists([{ userName: 'anna' }]);
  database = await createDatabase();
  workplace = new Workplace();
  workplace.configure({ directory: { url: directory.url }, database: { url: database.url } });
  writeFileSync(join(workplace.folder, 'mail'), 'To: a@x\n\nHello\n');
  expect(await workplace.run('sync now')).toMatchObject({ code: 0 });
  expect(await workplace.run('sync test --save plan.jsonl')).toMatchObject({ code: 0 });
  await administer(database.url, upgrade);
});
afterAll(async () => {
  await directory.stop();
  await database.drop();
  workplace.remove();
});

test('every command is here', async () => {
  const opening = allCommands(await buildWholeProgram()).filter((name) => !others.test(name));
  expect(Object.keys(commands).toSorted()).toEqual(opening.toSorted());
});

test.each(partOf(Object.values(commands), 7))('%s refuses a database of a newer version', async (command) => {
  const stdin = 'correct horse battery';
  expect(await workplace.run(command, { stdin })).toEqual({
    code: 1,
    stdout: '',
    stderr: `rollcall: ${message}\n`,
  });
});

test('doctor says so', async () => {
  const { code, stdout } = await workplace.run('doctor');
  expect(code).toBe(1);
  expect(stdout.replace(/\s+/g, ' ')).toContain(message.replace('; ', ' → '));
});
