import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { block } from '../docs/markdown.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { Workplace } from '../support/cli.ts';

/** What docs/mail.md gives; `%s` is the address, quoted by Postfix. */
const documented = block('docs/mail.md', 'ini');
const query = /^query = (.+)$/m.exec(documented)?.[1] ?? '';

/** All that Postfix may see: no privileges, no password hashes, no mail. */
const grants = block('docs/mail.md', 'sql');

const postmap = '/usr/sbin/postmap';
const missing = whatIsMissing();
const skipped = missing === null ? '' : ` (SKIPPED: ${missing})`;
if (missing !== null) console.warn(`The tests with a real Postfix are SKIPPED: ${missing}`);

function whatIsMissing(): string | null {
  // It goes by the folder of the configuration, which must have a main.cf, though an empty one.
  const workplace = new Workplace();
  writeFileSync(join(workplace.folder, 'main.cf'), 'compatibility_level = 3.6\n');
  const { error, stdout } = spawnSync('/usr/sbin/postconf', ['-c', workplace.folder, '-m'], {
    encoding: 'utf8',
  });
  workplace.remove();
  if (error !== undefined) return 'no Postfix; test/integration/install.sh installs it on Debian';
  return /^pgsql$/m.test(stdout) ? null : 'this Postfix has no pgsql tables (Debian: postfix-pgsql)';
}

describe.skipIf(missing !== null)(`a pgsql table of Postfix${skipped}`, () => {
  const role = `postfix_${process.pid}`;
  let directory: Directory;
  let workplace: Workplace;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let client: pg.Client;

  beforeAll(async () => {
    directory = await Directory.start();
    workplace = new Workplace();
    database = await createDatabase();
    workplace.configure({ directory: { url: directory.url }, database: { url: database.url } });
    directory.lists([
      { userName: 'john.doe', emailAddresses: ['John.Doe@Example.com', 'team@example.com'] },
      { userName: 'Jane', emailAddresses: ['jane@example.com', 'team@example.com'] },
      { userName: "o'brien", emailAddresses: ["o'brien@example.com", 'back\\slash@example.com'] },
      ...Array.from({ length: 20_000 }, (_, i) => ({
        userName: `user${i}`,
        emailAddresses: [`user${i}@example.com`, `alias${i}@example.com`],
      })),
    ]);
    expect(await workplace.run('sync now')).toMatchObject({ code: 0 });
    client = new pg.Client(database.url);
    await client.connect();
    await client.query(grants.replace(/\bpostfix\b/g, role).replace('…', 'secret'));
    // As after an import of mail that nobody owns.
    await client.query(`insert into rollcall.archives (name, name_key) values ('@catchall', '@catchall')`);
    configurePostfix();
  });
  afterAll(async () => {
    await client.query(`drop owned by ${role}; drop role ${role}`);
    await client.end();
    await database.drop();
    await directory.stop();
    workplace.remove();
  });

  function configurePostfix(): void {
    const { hostname, port, pathname } = new URL(database.url);
    mkdirSync(join(workplace.folder, 'postfix'));
    // The programs of Postfix read their own configuration even when they only look something up.
    writeFileSync(join(workplace.folder, 'postfix/main.cf'), 'compatibility_level = 3.6\n');
    writeFileSync(
      table(),
      documented
        .replace('127.0.0.1:5432', `${hostname}:${port}`)
        .replace('user = postfix', `user = ${role}`)
        .replace('…', 'secret')
        .replace('dbname = archive', `dbname = ${pathname.slice(1)}`)
        .concat('\n'),
      { mode: 0o600 },
    );
    chmodSync(workplace.folder, 0o711);
  }

  const table = () => join(workplace.folder, 'rollcall-archives.cf');

  async function lookUp(address: string): Promise<{ code: number; stdout: string; stderr: string }> {
    const args = ['-c', join(workplace.folder, 'postfix'), '-q', address, `pgsql:${table()}`];
    return new Promise((resolve) => {
      execFile(postmap, args, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  }

  const found = (names: string) => ({ code: 0, stdout: `${names}\n`, stderr: '' });
  const nothing = { code: 1, stdout: '', stderr: '' };

  test('finds the archive of an address, however it is written', async () => {
    expect(await lookUp('john.doe@example.com')).toEqual(found('john.doe'));
    expect(await lookUp('JOHN.Doe@EXAMPLE.com')).toEqual(found('john.doe'));
    expect(await lookUp('alias19999@example.com')).toEqual(found('user19999'));
  });

  test('finds every archive of an address that two users share', async () => {
    expect(await lookUp('team@example.com')).toEqual(found('Jane,john.doe'));
  });

  test('finds nothing for an address that is nobody’s, not @catchall', async () => {
    expect(await lookUp('nobody@example.com')).toEqual(nothing);
    expect(await lookUp('@catchall')).toEqual(nothing);
    expect(await lookUp('doe@example.com')).toEqual(nothing);
    expect(await lookUp('%@example.com')).toEqual(nothing);
  });

  test.each(["o'brien@example.com", 'back\\slash@example.com'])('takes %s as it is', async (address) => {
    expect(await lookUp(address)).toEqual(found("o'brien"));
  });

  test.each(["' or '' = '", "x')] or true --", "\\' or true --", '$$', "x'; drop table rollcall.users; --"])(
    'takes %s for an address, and nothing else',
    async (address) => {
      expect(await lookUp(address)).toEqual(nothing);
    },
  );

  test('is not asked for more than it may see', async () => {
    const url = new URL(database.url);
    Object.assign(url, { username: role, password: 'secret' });
    const postfix = new pg.Client(url.href);
    await postfix.connect();
    try {
      for (const secret of ['password_hash from rollcall.users', 'raw from rollcall.messages'])
        await expect(postfix.query(`select ${secret}`)).rejects.toThrow('permission denied');
    } finally {
      await postfix.end();
    }
  });

  test('is the answer of "archives resolve"', async () => {
    expect((await workplace.run('archives resolve team@example.com')).stdout).toBe(
      'team@example.com  Jane\nteam@example.com  john.doe\n',
    );
  });

  test('goes by the index', async () => {
    await client.query('analyze rollcall.users, rollcall.archives');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain (analyze) ${query.replace('%s', 'john.doe@example.com')}`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Bitmap Index Scan on users_addresses');
    expect(plan).not.toContain('Seq Scan');
  });
});
