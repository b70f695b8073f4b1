import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Directory } from '../servers/directory.ts';
import { Hook } from '../servers/hook.ts';
import { documentedBlock } from './documentation.ts';
import { buildPackage, whyNotInstalled } from './installation.ts';
import { Machine } from './machine.ts';
import { absent, describeWith } from './program.ts';

const analyze = '/usr/bin/systemd-analyze';

describeWith('the units of systemd', absent(analyze), () => {
  test('shut the service in', () => {
    const service = 'packaging/systemd/rollcall.service';
    const args = ['security', '--offline=true', '--threshold=20', '--no-pager', service];
    const { status, stdout } = spawnSync(analyze, args, { encoding: 'utf8' });
    expect(stdout).toMatch(/Overall exposure level for rollcall\.service: 1\.\d OK/);
    expect(status).toBe(0);
  });
});

describeWith('systemd', whyNotInstalled(), () => {
  let machine: Machine;
  let directory: Directory;
  let hook: Hook;
  const people = (n: number) => Array.from({ length: n }, (_, i) => ({ userName: `person${i}` }));

  beforeAll(async () => {
    machine = await Machine.start();
    directory = await Directory.start();
    hook = await Hook.start();
    const deb = buildPackage(join(machine.shared, 'package'));
    await machine.must(`dpkg --install ${deb} </dev/null`);
    await write('/usr/sbin/sendmail', '#!/bin/sh\ncat >>/var/mail/all\n', '755');
    // As the documentation says.
    await write(
      '/etc/systemd/system/rollcall-failed@.service',
      documentedBlock('ini', /^ExecStart=.*sendmail/m),
    );
    await write('/etc/systemd/system/rollcall.service.d/failed.conf', documentedBlock('ini', /^OnFailure=/m));
    await machine.must('systemctl daemon-reload');
  });
  beforeEach(async () => {
    await machine.run('rm -f /var/mail/all');
    directory.lists(people(8));
    await configure();
  });
  afterAll(async () => {
    await hook.stop();
    await directory.stop();
    await machine.stop();
  });

  async function write(path: string, text: string, mode = '644'): Promise<void> {
    const script = `mkdir -p "$(dirname ${path})" && cat >${path} && chmod ${mode} ${path}`;
    await machine.must(script, text);
  }

  const configure = (directoryMore = '', more = '') =>
    write(
      '/etc/rollcall/rollcall.yaml',
      `directory:\n  url: ${directory.url}\n  retries: 0\n${directoryMore}` +
        `database:\n  embedded: /var/lib/rollcall/store\noptions:\n  deleteUsers: true\n${more}`,
      '640',
    );

  const start = () => machine.run('systemctl start rollcall.service');
  const state = async () =>
    (await machine.must('systemctl show --property Result,ExecMainStatus --value rollcall.service'))
      .trim()
      .split('\n')
      .sort();
  const mails = async () => {
    // The unit that mails is started beside the end of this one.
    await machine.run('systemctl start rollcall-failed@rollcall.service.service');
    return (await machine.run('cat /var/mail/all')).output;
  };

  test('has nothing to say against the units', async () => {
    const units = 'rollcall.service rollcall.timer rollcall-failed@x.service';
    expect(await machine.run(`systemd-analyze verify --man=no ${units}`)).toEqual({ code: 0, output: '' });
  });

  test('gives the secrets of /etc/credstore to the service alone', async () => {
    await configure(
      '  authentication:\n    userName: sync\n    passwordFile: ${CREDENTIALS_DIRECTORY}/rollcall.password\n',
    );
    await write('/etc/credstore/rollcall.password', 's3cret\n', '600');
    expect(await start()).toEqual({ code: 0, output: '' });
    expect(directory.requests.at(-1)?.headers.authorization).toBe(`Basic ${btoa('sync:s3cret')}`);
    expect(await machine.must('journalctl --output cat --unit rollcall.service')).not.toMatch(
      /s3cret|person|read/,
    );

    await machine.must('rm /etc/credstore/rollcall.password');
    await start();
    expect(await state()).toEqual(['78', 'exit-code']);
    expect(await machine.must('journalctl --output cat --unit rollcall.service')).toMatch(
      /passwordFile: cannot read .*rollcall\.password: /,
    );
  });

  test('gives it those that are encrypted', async () => {
    await configure(
      '  authentication:\n    userName: sync\n    passwordFile: ${CREDENTIALS_DIRECTORY}/rollcall.password\n',
    );
    await machine.must(
      'mkdir -p /etc/credstore.encrypted && systemd-creds encrypt --with-key=host --name=rollcall.password - /etc/credstore.encrypted/rollcall.password',
      'hidden',
    );
    const dropIn = documentedBlock('ini', /^LoadCredentialEncrypted=/m);
    await write('/etc/systemd/system/rollcall.service.d/encrypted.conf', dropIn);
    await machine.must('systemctl daemon-reload');
    expect(await start()).toEqual({ code: 0, output: '' });
    expect(directory.requests.at(-1)?.headers.authorization).toBe(`Basic ${btoa('sync:hidden')}`);
  });

  test('tells somebody that a run was blocked', async () => {
    await start();
    directory.lists(people(1));
    expect(await start()).toMatchObject({ code: 1 });
    expect(await state()).toEqual(['3', 'exit-code']);
    expect(await mails()).toMatch(
      /^Subject: rollcall\.service failed on \S+\n\n[^]*blocked: it would delete 7 of 8/,
    );
  });

  test('does not cut off an alarm that takes its time', async () => {
    await configure('', `after:\n  webhook:\n    url: ${hook.url}/T0\n    on: [blocked]\n`);
    hook.answers = [503, 503, 503, 200];
    directory.lists(people(1));
    await start();
    expect(hook.heard.map(({ path }) => path)).toEqual(['/T0', '/T0', '/T0', '/T0']);
    expect(await machine.must('journalctl --output cat --unit rollcall.service')).not.toContain(
      'after.webhook',
    );
  });

  test('ends a run that hangs, which changes nothing, and tells somebody', async () => {
    directory.answers(() => undefined);
    const dropIn = '/run/systemd/system/rollcall.service.d/timeout.conf';
    await write(dropIn, '[Service]\nTimeoutStartSec=6s\n');
    await machine.must('systemctl daemon-reload');
    const hanging = start();
    const before = directory.requests.length;
    while (directory.requests.length === before) await new Promise((done) => setTimeout(done, 50));
    const byHand = await machine.run('runuser -u rollcall -- rollcall sync now');
    expect(byHand).toEqual({ code: 75, output: expect.stringContaining('is in use by') as string });
    await hanging;
    expect(await state()).toEqual(['143', 'timeout']);
    expect(await mails()).toContain('terminated; nothing was changed');
    await machine.must(`rm ${dropIn} && systemctl daemon-reload`);
  });

  test('starts it at night, and not when the timer is enabled', async () => {
    await machine.must('rm -f /var/lib/rollcall/last-run.jsonl');
    await machine.must('systemctl enable --now rollcall.timer');
    const next = await machine.must(
      'systemctl show --property NextElapseUSecRealtime --value rollcall.timer',
    );
    expect(next).toMatch(/ 03:[0-2]\d:\d\d /);
    expect(await machine.run('ls /var/lib/rollcall/last-run.jsonl')).toMatchObject({ code: 2 });
    await write(
      '/etc/systemd/system/rollcall.timer.d/soon.conf',
      '[Timer]\nOnCalendar=\nOnCalendar=*:*:*\nRandomizedDelaySec=0\nAccuracySec=1s\n',
    );
    await machine.must('systemctl daemon-reload && systemctl restart rollcall.timer');
    for (
      let left = 200;
      (await machine.run('test -e /var/lib/rollcall/last-run.jsonl')).code !== 0;
      left -= 1
    ) {
      if (left === 0) throw new Error(await machine.must('systemctl status rollcall.timer rollcall.service'));
      await new Promise((done) => setTimeout(done, 100));
    }
    await machine.must('systemctl stop rollcall.timer rollcall.service');
  });
});
