import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import type { PlanItem } from '../../src/core/plan.ts';
import type { MakeFormat } from '../../src/report/format.ts';
import { administer } from '../servers/administer.ts';
import { onFreePort } from '../servers/workspace.ts';
import { block, root } from './markdown.ts';
import { jane, john, setScene } from './scenes.ts';
import { password, Stage } from './stage.ts';

/** Inside of the package, so that `import 'rollcall'` finds it. */
const scratch = join(root, 'build/docs');
mkdirSync(scratch, { recursive: true });

const python = spawnSync('python3', ['--version']).status === 0;

describe.concurrent('the examples work', () => {
  test.skipIf(!python)(`the directory in Python${python ? '' : ' (SKIPPED: no python3)'}`, async () => {
    const stage = await Stage.open();
    const readme = 'examples/python-csv/README.md';
    const { child, url } = await onFreePort(async (port) => {
      const folder = join(root, 'examples/python-csv');
      const script = block(readme, 'sh', 'directory.py').replace('python3', 'exec python3');
      const env = { PATH: process.env['PATH'], LISTEN: `127.0.0.1:${port}`, PYTHONDONTWRITEBYTECODE: '1' };
      const child = spawn('/bin/sh', ['-c', script], { cwd: folder, env, stdio: 'ignore' });
      const url = `http://127.0.0.1:${port}/`;
      for (let tries = 0; tries < 200; tries += 1) {
        if (
          await fetch(url, { method: 'POST' }).then(
            () => true,
            () => false,
          )
        )
          break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return { child, url };
    });
    try {
      const config = block(readme, 'yaml').replace('http://127.0.0.1:8080/', url);
      const database = `database:\n  url: ${stage.database.url}\n`;
      writeFileSync(join(stage.folder, 'rollcall.yaml'), `${config}\n${database}`, { mode: 0o600 });
      const check = await stage.type(block(readme, 'sh', 'rollcall directory check').trim());
      expect(check).toMatchObject({ code: 0, output: expect.stringMatching(/\n\n35 ok$/) as string });
      expect((await stage.type('rollcall sync now')).output).toContain('Committed as run 1: 2 created.');
      const login = 'rollcall login john.doe --password-stdin';
      expect(await stage.type(`echo "$PASSWORD" | ${login}`)).toEqual({ code: 0, output: 'accepted' });
    } finally {
      child.kill();
      await once(child, 'exit');
      await stage.close();
    }
  });

  test('the library', async () => {
    const stage = await setScene('a name was handed on');
    const file = join(scratch, `library-${process.pid}.mjs`);
    const source = block('docs/logging-on.md', 'js').replace(
      '/etc/rollcall.yaml',
      join(stage.folder, 'rollcall.yaml'),
    );
    // Each value that is awaited is said, in order.
    const told = source.replace(/^await (.+?\));(.*)$/gm, 'console.log(JSON.stringify(await $1 ?? null));$2');
    writeFileSync(file, `const password = ${JSON.stringify(password)};\n${told}`);
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [file]);
      const [login, archives, run] = stdout
        .split('\n')
        .slice(0, 3)
        .map((line) => JSON.parse(line) as unknown);
      expect([login, archives]).toEqual(['john.doe', ['john.doe']]);
      expect(run).toMatchObject({ run: 2, blocks: [], counts: { updated: 1 }, plan: [{ identity: 'same' }] });
    } finally {
      rmSync(file);
      await stage.close();
    }
  });

  test('the format CSV', async () => {
    const file = join(scratch, `csv-${process.pid}.ts`);
    writeFileSync(file, block('docs/architecture.md', 'ts', 'export const csv'));
    try {
      const { csv } = (await import(file)) as { csv: MakeFormat };
      const { item } = csv(new Chalk());
      const change = { type: 'change', action: 'rename', userName: 'a"b', after: { userName: 'c' } };
      expect(item(change as PlanItem)).toBe('"rename","a""b","c"\n');
      expect(item({ type: 'skipped' } as PlanItem)).toBe('');
    } finally {
      rmSync(file);
    }
  });

  test('the rights', async () => {
    const stage = await Stage.open();
    stage.lists([john, jane]);
    const { name, url } = stage.database;
    const roles = [`owner_${name}`, `reader_${name}`] as const;
    const statements = (containing: string) =>
      block('docs/operations.md', 'sql', containing)
        .replace(/\brollcall_reader\b/g, roles[1])
        .replace(/\b(role|authorization|to) rollcall\b/g, `$1 ${roles[0]}`)
        .replace('database archive', `database ${name}`)
        .replace('…', 'secret');
    const as = (username: string) => {
      const login = Object.assign(new URL(url), { username, password: 'secret' });
      stage.workplace.configure({ directory: { url: stage.directory.url }, database: { url: login.href } });
    };
    try {
      // What everybody may do by default must not hide what is missing.
      await administer(url, `revoke all on database ${name} from public`);
      await administer(url, statements('create schema'));
      await administer(url, `grant connect on database ${name} to ${roles[0]}`);
      as(roles[0]);
      expect((await stage.type('rollcall sync now')).output).toContain('Committed as run 1: 2 created.');
      await administer(url, statements('rollcall_reader'));
      await administer(url, `grant connect on database ${name} to ${roles[1]}`);
      as(roles[1]);
      expect((await stage.type('rollcall sync test')).output).toContain('2 unchanged');
      expect((await stage.type('echo "$PASSWORD" | rollcall login john.doe --password-stdin')).output).toBe(
        'accepted',
      );
      expect((await stage.type('rollcall sync now')).output).toContain('the role lacks a privilege');
    } finally {
      await administer(url, `drop owned by ${roles.join()} cascade; drop role ${roles.join()}`);
      await stage.close();
    }
  });
});
