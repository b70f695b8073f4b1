import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlanItem } from '../../src/core/plan.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { parseLines, Workplace } from '../support/cli.ts';

/** Somebody with a number, a full name and an address that have nothing to do with the user name. */
const person = (number: number, fullName: string) => ({
  distinguishedName: `UID=${number},DC=x`,
  fullName,
  emailAddresses: [`${fullName.replace(' ', '.')}@x.example`.toLowerCase()],
});
const ann = person(1, 'Ann Able');
const bea = person(2, 'Bea Baker');
const cai = person(3, 'Cai Cole');
const dan = person(4, 'Dan Dean');
const eva = person(5, 'Eva East');
const fin = person(6, 'Fin Field');
const gus = person(7, 'Gus Gray');
const hal = person(8, 'Hal Hill');
const ida = person(21, 'Ida Ivy');
const joe = person(22, 'Joe Jay');
const kim = person(23, 'Kim King');
const listed = (userName: string, who?: Partial<ReturnType<typeof person>>) => ({ userName, ...who });

const first = [
  ...[listed('chain.a', ann), listed('chain.b', bea)],
  ...[listed('swap.a', cai), listed('swap.b', dan)],
  ...[listed('hire', eva), listed('taken.a', fin)],
  ...[listed('boss', gus), listed('reused', hal)],
  ...[listed('row.1', ida), listed('row.2', joe), listed('row.3', kim)],
];
/** The admin has left, and so has somebody whose number will be used again. */
const second = first.filter(({ userName }) => !['boss', 'reused'].includes(userName));
const third = [
  ...[listed('chain.b', ann), listed('chain.c', bea)],
  ...[listed('swap.b', cai), listed('swap.a', dan)],
  ...[listed('married', eva), listed('hire', person(9, 'Nat New'))],
  listed('root', fin),
  listed('boss', person(10, 'Ian Intern')),
  { userName: 'newcomer', distinguishedName: 'UID=8,DC=x', fullName: 'Zoe Zane' },
  // A script that is off by one row.
  listed('row.1', { ...ida, distinguishedName: joe.distinguishedName }),
  listed('row.2', { ...joe, distinguishedName: kim.distinguishedName }),
  listed('row.3', { ...kim, distinguishedName: ida.distinguishedName }),
];

let directory: Directory;
beforeAll(async () => {
  directory = await Directory.start();
});
afterAll(() => directory.stop());

// Each rule is tested in both stores (test/sync/rules.test.ts).
test('nobody gets another person’s mail or privileges', async () => {
  const workplace = new Workplace();
  const database = await createDatabase();
  workplace.configure({
    directory: { url: directory.url, retries: 0 },
    database: { url: database.url },
    limits: { renames: { percent: 100 } },
  });
  const run = async (command: string, options = {}) => {
    const ended = await workplace.run(command, options);
    expect(ended, command).toMatchObject({ code: 0 });
    return ended.stdout;
  };
  directory.lists(first);
  await run('sync now');
  await run('users set chain.b --privilege admin');
  await run('users set boss --privilege admin');
  await run('users add root --password-stdin', { stdin: 'by hand' });
  const mail = first.map(({ emailAddresses: [to = ''] = [] }) => `To: ${to}\n\nhello ${to}\n`);
  mail.forEach((text, i) => writeFileSync(join(workplace.folder, `${i}.eml`), text));
  await run(`archives import ${mail.map((_, i) => `${i}.eml`).join(' ')}`);
  directory.lists(second);
  await run('sync now');

  directory.lists(third);
  const items = parseLines(await run('sync now --format json')) as unknown as PlanItem[];
  const told = items.flatMap((item) => {
    if (item.type === 'change') return [`${item.action} ${item.userName} ${item.after?.userName ?? ''}`];
    if (item.type === 'doubt') return [`doubt ${item.userName} ${item.mayMean.join()}`];
    return item.type === 'notice' ? [`${item.reason} ${item.userName}`] : [];
  });
  expect(told).toEqual([
    'create hire hire',
    'rename chain.a chain.b',
    'rename chain.b chain.c',
    'rename hire married',
    'rename swap.b swap.a',
    'rename swap.a swap.b',
    'nameTaken taken.a',
    'doubt boss boss',
    'doubt newcomer reused',
    'doubt row.1 row.1,row.2',
    'doubt row.2 row.2,row.3',
    'doubt row.3 row.1,row.3',
  ]);
  const archives = parseLines(await run('archives list --format json')).filter(
    ({ type }) => type === 'archive',
  );
  for (const { name, owner, messages } of archives) {
    expect(owner).toBe(name);
    expect(messages, String(name)).toBe(['hire', 'root'].includes(String(name)) ? 0 : 1);
  }
  // Each message is where its person is.
  expect(await run('archives export chain.b')).toContain('hello ann.able@');
  expect(await run('archives export swap.a')).toContain('hello dan.dean@');
  const admins = parseLines(await run('users list --privilege admin --format json'));
  expect(admins.flatMap(({ userName }) => userName ?? [])).toEqual(['boss', 'chain.c']);
  expect(await run('sync test')).toContain('No changes.');
  workplace.remove();
  await database.drop();
});
