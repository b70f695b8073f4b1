import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onFreePort } from '../servers/workspace.ts';
import { parseLines, Workplace } from '../support/cli.ts';
import { documentedBlock } from './documentation.ts';
import { absent, describeWith } from './program.ts';

const python = '/usr/bin/python3';

describeWith('the documented directory in Python', absent(python), () => {
  let workplace: Workplace;
  let server: ChildProcess;

  beforeAll(async () => {
    workplace = new Workplace();
    const port = await onFreePort(async (port) => {
      await serve(port);
      return port;
    });
    const configuration = documentedBlock('yaml', /^directory:\n {2}url: http:\/\/127\.0\.0\.1:8080\/\n$/);
    writeFileSync(join(workplace.folder, 'rollcall.yaml'), configuration.replace('8080', String(port)));
  });
  afterAll(async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    workplace.remove();
  });

  async function serve(port: number): Promise<void> {
    const program = join(workplace.folder, 'directory.py');
    writeFileSync(program, documentedBlock('python', /HTTPServer/).replace('8080', String(port)));
    server = spawn(python, [program], { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    server.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    while (!(await listens(port))) {
      if (server.exitCode !== null) throw new Error(said);
      await sleep(50);
    }
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

  test('is synchronized, and a second run changes nothing', async () => {
    const first = await workplace.run('sync now --format json');
    expect(first).toMatchObject({ code: 0, stderr: expect.not.stringContaining('rollcall:') as string });
    const created = parseLines(first.stdout).filter(({ action }) => action === 'create');
    expect(created).toMatchObject([
      { after: { userName: 'jane.roe', fullName: 'Jane Roe', emailAddresses: ['jane.roe@example.com'] } },
      { after: { userName: 'john.doe', fullName: 'John Doe', emailAddresses: ['john.doe@example.com'] } },
    ]);
    expect(await workplace.run('sync test --exit-code')).toMatchObject({ code: 0 });
  });

  test('accepts its password, and rejects another', async () => {
    const logIn = (stdin: string) => workplace.run('login john.doe --password-stdin', { stdin });
    expect(await logIn('secret\n')).toMatchObject({ code: 0 });
    expect(await logIn('Secret\n')).toMatchObject({ code: 5 });
  });
});
