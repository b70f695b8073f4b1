import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { Workplace } from '../support/cli.ts';

const binary = resolve(import.meta.dirname, '../../bin/rollcall.js');

export const password = 'correct horse';

/** A folder, a directory and a database, in which the commands of a page are typed. */
export class Stage {
  readonly workplace = new Workplace();
  readonly #tools = join(this.workplace.folder, '.bin');
  readonly #env: Record<string, string> = {};

  readonly directory: Directory;
  readonly database: Awaited<ReturnType<typeof createDatabase>>;

  private constructor(directory: Directory, database: Awaited<ReturnType<typeof createDatabase>>) {
    this.directory = directory;
    this.database = database;
    // `rollcall` is found as where it is installed.
    mkdirSync(this.#tools);
    const program = `#!/bin/sh\nexec '${process.execPath}' '${binary}' "$@"\n`;
    writeFileSync(join(this.#tools, 'rollcall'), program, { mode: 0o755 });
  }

  static async open(): Promise<Stage> {
    return new Stage(await Directory.start(), await createDatabase());
  }

  get folder(): string {
    return this.workplace.folder;
  }

  /** What the directory says from now on. */
  lists(entries: unknown[]): void {
    this.directory.answers(({ form }, response) => {
      const isList = form.get('cmd') === 'list';
      response.end(JSON.stringify(isList ? entries : { authenticated: form.get('password') === password }));
    });
  }

  configure(more: object = {}): void {
    const database = { url: this.database.url };
    this.workplace.configure({ directory: { url: this.directory.url, retries: 0 }, database, ...more });
  }

  setEnv(name: string, value: string): void {
    this.#env[name] = value;
  }

  /** Types lines into a shell, as somebody would who reads the page. */
  async type(script: string): Promise<{ code: number | null; output: string }> {
    const child = spawn('/bin/sh', ['-e', '-c', `exec 2>&1\n${script}`], {
      cwd: this.folder,
      env: {
        PATH: `${this.#tools}:${process.env['PATH'] ?? ''}`,
        HOME: this.folder,
        LANG: 'C.UTF-8',
        GITHUB_STEP_SUMMARY: 'summary.md',
        PASSWORD: password,
        ...this.#env,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, output: this.#plain(output).trimEnd() };
  }

  /** What differs from run to run, as it stands in the pages. */
  #plain(output: string): string {
    const { host, pathname } = new URL(this.database.url);
    return output
      .replaceAll(this.directory.url, 'https://directory.example.com/users')
      .replaceAll(`${host}${pathname}`, 'localhost:5432/archive')
      .replaceAll(host, '127.0.0.1:5432')
      .replaceAll(new URL(this.directory.url).host, '127.0.0.1:8080')
      .replaceAll(this.folder, '/srv/rollcall')
      .replace(/\/tmp\/rollcall-\d+/g, '/tmp/rollcall-1000')
      .replace(/\d+ MB free/g, '48000 MB free')
      .replace(/\(\d+ ms\)/g, '(3 ms)')
      .replace(/\bin \d+\.\d s$/gm, 'in 0.1 s')
      .replace(/\bversion \d+\.\d+\.\d+/g, 'version 20.20.2')
      .replace(/\bPostgres \d+\.\d+/g, 'Postgres 15.18')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-11-25T02:00:00.000Z')
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}/g, '2026-11-25 03:00:00 +0100')
      .replace(/\(until \d{4}-\d\d-\d\d/g, '(until 2026-11-25')
      .replace(/sha256:[0-9a-f]{64}/g, 'sha256:6b3f91d0c4…')
      .replace(/took \d+\.\d s/g, 'took 0.4 s')
      .replace(/"durationMs":\d+/g, '"durationMs":412')
      .replace(/"version":"[^"]+"/g, '"version":"0.1.0"');
  }

  async close(): Promise<void> {
    await this.directory.stop();
    this.workplace.remove();
    await this.database.drop();
  }
}
