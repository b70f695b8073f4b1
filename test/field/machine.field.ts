import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { Machine, whyNoMachine } from './machine.ts';
import { describeWith } from './program.ts';

describeWith('a copy of this machine', whyNoMachine(), () => {
  test('gets back what install.sh has set aside, even if that was killed', async () => {
    const machine = await Machine.start();
    try {
      const script = join(machine.shared, 'install.sh');
      copyFileSync('test/integration/install.sh', script);
      const [policy, clusters] = ['/usr/sbin/policy-rc.d', '/etc/postgresql-common/createcluster.conf'];
      // Once in the time in which apt-get would install something, and is killed together with the script.
      await machine.must(
        `echo 'exit 0 # theirs' >${policy} && mkdir -p /etc/postgresql-common && echo theirs >${clusters}
         printf '#!/bin/sh\\n[ "$5" != postgresql ] || kill -KILL $PPID\\n' >/usr/local/bin/apt-get
         chmod 755 /usr/local/bin/apt-get
         dpkg --force-all --remove postgresql >/dev/null 2>&1
         PATH=/usr/local/bin:$PATH sh ${script} postgresql || true`,
      );
      expect(await machine.must(`tail -qn 1 ${policy} ${clusters}`)).toBe(
        'exit 101\ncreate_main_cluster = false\n',
      );
      await machine.must(`sh ${script} dpkg`);
      expect(await machine.must(`cat ${policy} ${clusters}`)).toBe('exit 0 # theirs\ntheirs\n');
      expect(await machine.must('ls /usr/sbin /etc/postgresql-common')).not.toContain('kept');

      await machine.must(`rm ${policy}; PATH=/usr/local/bin:$PATH sh ${script} postgresql || true`);
      await machine.must(`sh ${script} dpkg`);
      expect(await machine.run(`ls ${policy}`)).toMatchObject({ code: 2 });
    } finally {
      await machine.stop();
    }
  });

  test('that cannot start says so, and leaves nothing behind', () => {
    const shared = mkdtempSync(join(tmpdir(), 'rollcall-machine-'));
    const programs = join(shared, 'bin');
    mkdirSync(programs);
    // All that machine.sh needs, but unshare.
    for (const name of ['sh', 'cat', 'find', 'mkdir', 'rm', 'rmdir', 'sleep'])
      symlinkSync(join('/bin', name), join(programs, name));
    const { status, stdout, stderr, pid } = spawnSync('/bin/sh', [resolve('test/field/machine.sh'), shared], {
      env: { PATH: programs },
      input: '',
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: 'unshare has started no process\n',
    });
    expect(existsSync(shared)).toBe(false);
    const groups = readdirSync('/sys/fs/cgroup', { recursive: true }).map(String);
    expect(groups.filter((path) => path.includes(`rollcall-machine-${pid}/`))).toEqual([]);
  });
});
