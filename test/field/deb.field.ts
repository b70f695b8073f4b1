import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Directory } from '../servers/directory.ts';
import { asVersion, buildPackage, whyNotInstalled } from './installation.ts';
import { Machine } from './machine.ts';
import { describeWith } from './program.ts';

interface Manifest {
  name: string;
  license: string;
  author: string | { name?: string };
}

const people = [
  { userName: 'ada.king', fullName: 'Ada King', emailAddresses: ['ada@example.com'] },
  { userName: 'alan.turing', fullName: 'Alan Turing' },
];

/** Without a terminal, apt-get says what `apt` says, and asks nothing. */
const apt = (command: string) =>
  `DEBIAN_FRONTEND=teletype apt-get --yes -o Dpkg::Use-Pty=0 ${command} </dev/null`;
/** A command of an administrator, as somebody else. */
const as = (user: string, command: string) => `runuser -u ${user} -- ${command}`;
const places = '/etc/rollcall /etc/rollcall/rollcall.yaml /var/lib/rollcall';
const modes = (paths: string) => `stat -c '%a %U:%G %n' ${paths}`;

describeWith('the Debian package', whyNotInstalled(), () => {
  let machine: Machine;
  let directory: Directory;
  let deb: string;
  let older: string;

  beforeAll(async () => {
    machine = await Machine.start();
    directory = await Directory.start();
    directory.lists(people);
    deb = buildPackage(join(machine.shared, 'package'));
    older = asVersion('0.0.9', deb, machine.shared);
  });
  const synchronize = () =>
    machine.must(
      'systemctl start rollcall.service || { journalctl --output cat --lines 5 --unit rollcall.service; false; }',
    );

  afterAll(async () => {
    await directory.stop();
    await machine.stop();
  });

  test('has nothing that lintian takes for an error', () => {
    const { status, stdout } = spawnSync('lintian', ['--fail-on', 'error', deb], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  test('is the same whoever builds it, and when', () => {
    const folder = join(machine.shared, 'again');
    const umask = process.umask(0o077);
    try {
      const again = buildPackage(folder, { TZ: 'Asia/Tokyo', LC_ALL: 'C', USER: 'somebody' });
      expect(readFileSync(again).equals(readFileSync(deb))).toBe(true);
    } finally {
      process.umask(umask);
    }
  });

  test('holds nothing for other machines, and nothing that others may change', async () => {
    const list = await machine.must(`dpkg-deb --contents ${deb}`);
    const entries = list.trim().split('\n');
    const tree = join(machine.shared, 'package/deb');
    const binaries = readdirSync(tree, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => readFileSync(path).subarray(1, 4).toString() === 'ELF');
    const kept = `prebuilds/linux-${process.arch}/fs-native-extensions.node`;
    expect(binaries).toEqual([expect.stringMatching(new RegExp(`${kept}$`))]);
    expect(entries.filter((entry) => !/^(d|-)rwxr-xr-x |^-rw-r--r-- |^lrwxrwxrwx /.test(entry))).toEqual([]);
    expect(entries.filter((entry) => entry.split(/ +/)[1] !== 'root/root')).toEqual([]);
    expect(entries.filter((entry) => /^-rwx/.test(entry)).map((entry) => entry.split(/ +/)[5])).toEqual([
      './usr/lib/rollcall/bin/rollcall.js',
    ]);
    const whole =
      '/(cli|follow|worker)\\.js$|/systemd/system/rollcall\\.(service|timer)$|/doc/rollcall/(copyright|changelog\\.gz|README\\.md)$';
    expect(entries.filter((entry) => new RegExp(whole).test(entry))).toHaveLength(8);
    const forShells =
      /\/man1\/rollcall\.1\.gz$|\/(completions\/rollcall|_rollcall|vendor_completions\.d\/rollcall\.fish)$/;
    expect(entries.filter((entry) => forShells.test(entry))).toHaveLength(4);
  });

  test('names the authors and the license of every package in it', () => {
    const tree = join(machine.shared, 'package/deb');
    const copyright = readFileSync(join(tree, 'usr/share/doc/rollcall/copyright'), 'utf8');
    const modules = join(tree, 'usr/lib/rollcall/node_modules');
    const manifests = readdirSync(modules, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /^(@[^/]+\/)?[^/]+\/package\.json$/.test(path),
    );
    expect(manifests.length).toBeGreaterThan(1);
    for (const path of manifests) {
      const { name, license, author } = JSON.parse(readFileSync(join(modules, path), 'utf8')) as Manifest;
      expect(license, name).toBe('Apache-2.0');
      expect(copyright).toContain(name);
      expect(copyright).toContain(typeof author === 'string' ? author : (author.name ?? name));
    }
    // What PGlite has compiled, and no more of it than that.
    expect(copyright).toMatch(/^License: PostgreSQL\n Permission to use/m);
    expect(readdirSync(join(modules, '@electric-sql/pglite/dist')).join(' ')).not.toMatch(/\.tar\.gz|\.map/);
  });

  test('asks for nothing, and starts nothing', async () => {
    expect(await machine.must(apt(`install ${older}`))).toContain(
      'set directory.url in /etc/rollcall/rollcall.yaml',
    );
    expect(await machine.must(modes(places))).toBe(
      '750 root:rollcall /etc/rollcall\n640 root:rollcall /etc/rollcall/rollcall.yaml\n750 rollcall:rollcall /var/lib/rollcall\n',
    );
    expect(await machine.must('getent passwd rollcall')).toMatch(
      /^rollcall:x:\d{3}:\d{3}:rollcall,*:\/var\/lib\/rollcall:\/usr\/sbin\/nologin\n$/,
    );
    expect(await machine.run('systemctl is-enabled rollcall.timer')).toEqual({
      code: 1,
      output: 'disabled\n',
    });
    expect(await machine.run('systemctl is-active rollcall.timer')).toEqual({
      code: 3,
      output: 'inactive\n',
    });
    expect(await machine.must('rollcall --version')).toBe('0.0.9\n');
  });

  test('has a configuration in which only the URL is to be set', async () => {
    const edit = `sed -i 's|^  url: .*|  url: ${directory.url}|' /etc/rollcall/rollcall.yaml`;
    await machine.must(edit);
    // The folder of somebody who looks at it is closed to the user rollcall.
    await machine.must('mkdir -m 700 /root/here');
    const check = await machine.must(`cd /root/here && ${as('rollcall', 'rollcall config check')}`);
    expect(check).toBe('/etc/rollcall/rollcall.yaml is valid.\n');
    expect(await machine.must(as('rollcall', 'rollcall config show'))).toMatch(
      /^# From \/etc\/rollcall\/rollcall.yaml\n[^]*embedded: \/var\/lib\/rollcall\/store\n/,
    );
    const stranger = await machine.run(as('nobody', 'rollcall config check'));
    expect(stranger).toEqual({
      code: 78,
      output: expect.stringMatching(
        /cannot read the configuration \/etc\/rollcall\/rollcall\.yaml: permission denied\n$/,
      ) as string,
    });
  });

  test('keeps the store for its user, even if root is the first to look for it', async () => {
    const root = await machine.run('rollcall status');
    expect(root).toEqual({ code: 1, output: expect.stringContaining('belongs to another user') as string });
    expect(await machine.must(modes('/var/lib/rollcall/*'))).toBe(
      '700 rollcall:rollcall /var/lib/rollcall/store\n',
    );
  });

  test('synchronizes by hand and from the service, into the embedded store', async () => {
    const now = await machine.must(as('rollcall', 'rollcall sync now'));
    expect(now).toContain('Committed as run 1: 2 created.');
    await synchronize();
    expect(await machine.must(modes('/var/lib/rollcall /var/lib/rollcall/*'))).toBe(
      '750 rollcall:rollcall /var/lib/rollcall\n600 rollcall:rollcall /var/lib/rollcall/last-run.jsonl\n700 rollcall:rollcall /var/lib/rollcall/store\n',
    );
    expect(await machine.must('tail -n 1 /var/lib/rollcall/last-run.jsonl')).toContain('"outcome":"done"');
    expect(await machine.must('journalctl --unit rollcall.service')).not.toContain('ada');
  });

  test('keeps the data, the configuration and the timer through an upgrade', async () => {
    await machine.must('systemctl enable --now rollcall.timer');
    await machine.must("sed -i 's/^# The configuration of rollcall.*/# Mine./' /etc/rollcall/rollcall.yaml");
    const before = await machine.must('cat /etc/rollcall/rollcall.yaml');
    directory.answers(() => undefined);
    const asked = directory.requests.length;
    await machine.must('systemctl start --no-block rollcall.service');
    for (let left = 200; directory.requests.length === asked && left > 0; left -= 1) await sleep(50);
    await machine.must(apt(`install ${deb}`));
    directory.lists(people);
    // Not one that goes on with the code of two versions.
    expect(await machine.must('journalctl --output cat --unit rollcall.service')).toContain(
      'terminated; nothing was changed',
    );
    expect(await machine.must('rollcall --version')).not.toBe('0.0.9\n');
    expect(await machine.must('dpkg --verify rollcall')).toBe('');
    expect(await machine.must('cat /etc/rollcall/rollcall.yaml')).toBe(before);
    expect(await machine.must('systemctl is-active rollcall.timer')).toBe('active\n');
    const history = await machine.must(as('rollcall', 'rollcall history'));
    expect(history).toContain('2 created');
    const listed = await machine.must(as('rollcall', 'rollcall users list'));
    expect(listed).toMatch(/ada\.king[^]*alan\.turing/);
  });

  test('upgrades the tables of the first version, in a Postgres that knows the role', async () => {
    // Postgres of this machine, asked through a socket only: the network is that of the other machine.
    copyFileSync('test/database/0001.sql', join(machine.shared, '0001.sql'));
    const data = '/var/lib/postgresql/rollcall';
    const options = '-c listen_addresses= -c unix_socket_directories=/run/postgresql -c fsync=off';
    await machine.must(
      `install -d -o postgres -g postgres -m 2775 /run/postgresql && cd / && set -- /usr/lib/postgresql/*/bin &&
       ${as('postgres', `"$1/initdb" --pgdata ${data} --auth peer --encoding UTF8 --no-locale --no-sync`)} >/dev/null &&
       ${as('postgres', `"$1/pg_ctl" start --wait --pgdata ${data} --log ${data}/log --options "${options}"`)} >/dev/null`,
    );
    await machine.must(as('postgres', 'createuser rollcall'));
    await machine.must(as('postgres', 'createdb --owner rollcall archive'));
    await machine.must(as('rollcall', `psql --quiet archive --file - <${join(machine.shared, '0001.sql')}`));
    await machine.must(
      `sed -i 's|^  embedded: .*|  url: postgres:///archive?host=/run/postgresql|' /etc/rollcall/rollcall.yaml`,
    );
    directory.lists([{ userName: 'anne', distinguishedName: 'UID=1,DC=example' }, { userName: 'zoe' }]);
    await synchronize();
    directory.lists(people);
    expect(await machine.must(as('rollcall', 'rollcall history'))).toMatch(
      /^ +4 .*1 created[^]*\n +1 .*4 created\n/m,
    );
    expect(await machine.must(as('rollcall', 'rollcall users list'))).toMatch(/anne[^]*carl[^]*dora[^]*zoe/);
    await machine.must(
      `sed -i 's|^  url: postgres:.*|  embedded: /var/lib/rollcall/store|' /etc/rollcall/rollcall.yaml`,
    );
  });

  test('keeps everything when it is removed, and finds it again', async () => {
    await machine.must(apt('remove rollcall'));
    expect(await machine.run('systemctl is-active rollcall.timer')).toEqual({
      code: 3,
      output: 'inactive\n',
    });
    expect(await machine.run('command -v rollcall')).toMatchObject({ code: 127 });
    await machine.must(`${modes(places)} /var/lib/rollcall/store/data/PG_VERSION`);
    await machine.must(apt(`install ${deb}`));
    expect(await machine.must('systemctl is-active rollcall.timer')).toBe('active\n');
    expect(await machine.must('grep -c Mine. /etc/rollcall/rollcall.yaml')).toBe('1\n');
    expect(await machine.must(as('rollcall', 'rollcall users list'))).toContain('ada.king');
  });

  test('forgets its own files when it is purged, but no mail and no secret of others', async () => {
    await machine.must('echo secret >/etc/rollcall/password');
    const output = await machine.must(apt('purge rollcall'));
    expect(output).toContain('rollcall: /etc/rollcall was kept, with what is in it: password');
    expect(output).toContain('rollcall: /var/lib/rollcall was kept, with what is in it: store');
    expect(await machine.must('ls -A /etc/rollcall /var/lib/rollcall')).toBe(
      '/etc/rollcall:\npassword\n\n/var/lib/rollcall:\nstore\n',
    );
    expect(await machine.must('find /etc/systemd /var/lib/systemd -name "*rollcall*"')).toBe('');
    await machine.must('getent passwd rollcall');
  });

  /** What dpkg runs at a purge, which takes no part in what that says or leaves. */
  const purge = () =>
    machine.must(
      `DPKG_MAINTSCRIPT_PACKAGE=rollcall sh ${join(machine.shared, 'package/deb/DEBIAN/postrm')} purge`,
    );

  test('leaves nothing when it is purged, if there is nothing of others', async () => {
    await machine.must('rm -r /etc/rollcall/password /var/lib/rollcall/store/*');
    expect(await purge()).toBe('');
    const left = await machine.run(`ls -d ${places} /usr/lib/rollcall /usr/share/doc/rollcall`);
    expect(left.output.split('\n').filter((line) => !line.endsWith('No such file or directory'))).toEqual([
      '',
    ]);
  });

  test('is purged to the end where its folders are elsewhere', async () => {
    await machine.must('mkdir /srv/users /etc/rollcall && ln -s /srv/users /var/lib/rollcall');
    await machine.must('mount -t tmpfs none /etc/rollcall');
    await machine.must('touch /srv/users/last-run.jsonl /srv/users/0123456789abcdef');
    expect(await purge()).toBe('rollcall: /etc/rollcall was kept\nrollcall: /var/lib/rollcall was kept\n');
    expect(await machine.must('ls -A /srv/users')).toBe('');
  });
});
