import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onFreePort } from '../servers/workspace.ts';
import { parseLines, Workplace } from '../support/cli.ts';
import { absent, describeWith } from './program.ts';

/** The first block of a README in this language. */
function block(folder: string, language: string): string {
  const readme = readFileSync(join('examples', folder, 'README.md'), 'utf8');
  const [, text] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(readme) ?? [];
  if (text === undefined) throw new Error(`the README of ${folder} has no block of ${language}`);
  return text;
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });

/** An example, run word for word as its README says, in a copy of its folder; only the ports are others. */
class Example {
  readonly workplace = new Workplace();
  readonly #folder: string;
  #shell: ChildProcess | null = null;
  #said = '';
  #ports: Record<string, string> = {};

  constructor(folder: string) {
    this.#folder = folder;
    cpSync(join('examples', folder), this.workplace.folder, { recursive: true });
  }

  /** Runs the first block, whose last line serves until it is ended. */
  async serve(): Promise<void> {
    await onFreePort(async (ldap) => {
      await onFreePort(async (port) => {
        this.#ports = { 8080: String(port), 3890: String(ldap) };
        // All of it ends when the pipe closes, which the kernel sees to however this process ends.
        const script = `(cat <&3; kill 0) >/dev/null 2>&1 &\n${this.#with(block(this.#folder, 'sh example'))}`;
        const env = {
          PATH: '/usr/bin:/bin',
          LISTEN: `127.0.0.1:${port}`,
          LDAP_URI: `ldap://127.0.0.1:${ldap}`,
        };
        const child = spawn('/bin/sh', ['-e', '-c', script], {
          cwd: this.workplace.folder,
          env,
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        });
        this.#shell = child;
        for (const stream of [child.stdout, child.stderr])
          stream?.setEncoding('utf8').on('data', (chunk: string) => (this.#said += chunk));
        const ports = this.#folder === 'python-ldap' ? [ldap, port] : [port];
        while (!(await Promise.all(ports.map(listens))).every(Boolean)) {
          if (child.exitCode !== null) throw new Error(this.#said);
          await sleep(50);
        }
      });
    });
    writeFileSync(join(this.workplace.folder, 'rollcall.yaml'), this.#with(block(this.#folder, 'yaml')), {
      mode: 0o600,
    });
  }

  /** All that the servers wrote, which a log would hold. */
  get said(): string {
    return this.#said;
  }

  #with(text: string): string {
    return Object.entries(this.#ports).reduce((all, [old, port]) => all.replaceAll(old, port), text);
  }

  async check() {
    expect(readFileSync(join('examples', this.#folder, 'README.md'), 'utf8')).toContain(
      "echo 'correct horse' | rollcall directory check --login john.doe --password-stdin\n",
    );
    const { code, stdout, stderr } = await this.workplace.run(
      'directory check --login john.doe --password-stdin --format json',
      { stdin: 'correct horse\n' },
    );
    const findings = parseLines(stdout).filter(({ type }) => type === 'finding');
    return { code, stderr, findings };
  }

  async end(): Promise<void> {
    const shell = this.#shell;
    if (shell !== null && shell.exitCode === null && shell.signalCode === null) {
      // Once nobody holds the pipes open any more.
      const closed = once(shell, 'close');
      (shell.stdio[3] as Socket).destroy();
      await closed;
    }
    this.workplace.remove();
  }
}

/** It answers with an error, and logs why, rather than with a list that lacks somebody. */
async function expectNoList(example: Example, why: string): Promise<void> {
  await example.serve();
  const { code, findings } = await example.check();
  expect(code).toBe(1);
  expect(findings.filter(({ grade }) => grade === 'failed')).toMatchObject([
    { check: 'answer', message: 'answered 500; it must answer 200' },
  ]);
  expect(example.said).toContain(why);
}

const needed: Record<string, string[]> = {
  'php-sql': ['/usr/bin/php', '/var/lib/dpkg/info/php-sqlite3.list'],
  'python-ldap': ['/usr/bin/python3', '/usr/sbin/slapd', '/usr/lib/python3/dist-packages/ldap'],
  'python-csv': ['/usr/bin/python3'],
};

for (const [folder, programs] of Object.entries(needed)) {
  describeWith(`the example ${folder}`, absent(...programs), () => {
    let example: Example;
    beforeAll(async () => {
      example = new Example(folder);
      await example.serve();
    });
    afterAll(() => example.end());

    test('is a directory without a finding', async () => {
      const { code, stderr, findings } = await example.check();
      expect(findings.filter(({ grade }) => grade !== 'ok')).toEqual([]);
      expect({ code, stderr, checks: findings.length }).toEqual({ code: 0, stderr: '', checks: 35 });
    });

    test('is synchronized, and knows the passwords of all', async () => {
      const first = await example.workplace.run('sync now --format json');
      const created = parseLines(first.stdout).filter(({ action }) => action === 'create');
      const people = [
        {
          userName: 'john.doe',
          fullName: 'John Doe',
          emailAddresses: ['john.doe@example.com', 'jd@example.com'],
        },
        { userName: 'zoe', fullName: "Zoë O'Hara", emailAddresses: ['zoe.ohara@example.com'] },
      ];
      expect(created).toMatchObject(people.map((after) => ({ after })));
      expect(await example.workplace.run('sync test --exit-code')).toMatchObject({ code: 0 });
      for (const [stdin, code] of [
        ['battery staple', 0],
        ['correct horse', 5],
      ] as const)
        expect(await example.workplace.run('login zoe --password-stdin', { stdin })).toMatchObject({ code });
    });

    test('writes no name and no password into its log', () => {
      expect(example.said).not.toMatch(/john|zoe|horse|staple|sesame|rollcall-check/);
    });

    test('has a program under 150 lines', () => {
      const program = folder === 'php-sql' ? 'index.php' : 'directory.py';
      expect(readFileSync(join('examples', folder, program), 'utf8').split('\n').length).toBeLessThan(150);
    });
  });
}

describeWith('another LDAP server', absent(...(needed['python-ldap'] ?? [])), () => {
  const more = (ldif: string) => {
    const example = new Example('python-ldap');
    appendFileSync(join(example.workplace.folder, 'people.ldif'), ldif);
    return example;
  };

  test('with several names for one person gives the same ones each time, whatever their order', async () => {
    const twice = ['b', 'a'].map(
      (first, i) => `
dn: employeeNumber=${i},ou=People,dc=example,dc=com
objectClass: inetOrgPerson
uid: ${first}${i}
uid: ${first === 'a' ? 'b' : 'a'}${i}
cn: ${first.toUpperCase()} Person
cn: ${first === 'a' ? 'B' : 'A'} Person
sn: Person
`,
    );
    const example = more(twice.join(''));
    try {
      await example.serve();
      const { stdout } = await example.workplace.run('sync test --format json');
      const created = parseLines(stdout).filter(({ action }) => action === 'create');
      const names = (userName: string) => ({ after: { userName, fullName: 'A Person' } });
      expect(created.slice(0, 2)).toMatchObject([names('a0'), names('a1')]);
    } finally {
      await example.end();
    }
  });

  test('that refers to another one gives no list, rather than a shorter one', async () => {
    const example = more(`
dn: ou=Elsewhere,ou=People,dc=example,dc=com
objectClass: referral
objectClass: extensibleObject
ou: Elsewhere
ref: ldap://127.0.0.1:9/ou=Elsewhere,dc=example,dc=com
`);
    try {
      await expectNoList(example, 'REFERRAL');
    } finally {
      await example.end();
    }
  });
});

describeWith('a large LDAP server', absent(...(needed['python-ldap'] ?? [])), () => {
  const people = Array.from(
    { length: 1_200 },
    (_, i) => `
dn: employeeNumber=${i},ou=People,dc=example,dc=com
objectClass: inetOrgPerson
uid: user${i}
cn: User ${i}
sn: User
mail: user${i}@example.com
`,
  ).join('');

  test('is listed whole', async () => {
    const example = new Example('python-ldap');
    appendFileSync(join(example.workplace.folder, 'people.ldif'), people);
    try {
      await example.serve();
      const { findings } = await example.check();
      expect(findings.filter(({ grade }) => grade !== 'ok')).toEqual([]);
      const list = findings.find(({ check }) => check === 'list');
      expect(list).toMatchObject({ message: 'one JSON array, with 1,202 entries' });
    } finally {
      await example.end();
    }
  });

  test('with a limit gives no list, rather than a shorter one', async () => {
    const example = new Example('python-ldap');
    const { folder } = example.workplace;
    appendFileSync(join(folder, 'people.ldif'), people);
    const settings = readFileSync(join(folder, 'slapd.conf'), 'utf8');
    writeFileSync(join(folder, 'slapd.conf'), settings.replace(/^limits .*$/m, ''));
    try {
      await expectNoList(example, 'SIZELIMIT_EXCEEDED');
    } finally {
      await example.end();
    }
  });
});
