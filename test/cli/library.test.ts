import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Directory } from '../servers/directory.ts';
import { Workplace } from '../support/cli.ts';

type Library = typeof import('../../src/index.ts');
const { openRollcall, RollcallError } = (await import(
  pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href
)) as Library;

const workplace = new Workplace();
let directory: Directory;
let rollcall: Awaited<ReturnType<Library['openRollcall']>>;
const config = join(workplace.folder, 'rollcall.yaml');

beforeAll(async () => {
  directory = await Directory.start();
  workplace.configure({
    directory: { url: directory.url, retries: 0 },
    options: { deleteUsers: true },
  });
  chmodSync(config, 0o666);
  rollcall = await openRollcall({ config });
});

afterAll(async () => {
  await directory.stop();
  workplace.remove();
});

const people = ['anna', 'bert', 'carl'].map((userName) => ({ userName }));

test('tells what the commands would warn of', () => {
  expect(rollcall.warnings).toEqual([expect.stringContaining('can change')]);
});

test('synchronizes, and hands over the plan', async () => {
  directory.lists(people);
  const tested = await rollcall.sync();
  expect(tested).toMatchObject({ run: null, blocks: [], counts: { created: 3 } });
  const committed = await rollcall.sync({ commit: true });
  expect(committed).toMatchObject({ run: 1, counts: { created: 3 } });
  expect(committed.plan).toEqual(tested.plan);
  expect(committed.plan.map((item) => 'userName' in item && item.userName)).toEqual(['anna', 'bert', 'carl']);
});

test('takes limits for one run', async () => {
  directory.lists(people.slice(1));
  const limits = { deletions: { percent: null, atLeast: 0, count: 0 } };
  const blocked = await rollcall.sync({ commit: true, limits });
  expect(blocked).toMatchObject({ run: null, counts: { deleted: 1 } });
  expect(blocked.blocks).toEqual([{ limit: 'deletions', changes: 1, stored: 3, exceeded: { count: 0 } }]);
});

test('goes on after an interrupted run: nothing was changed, and everything still works', async () => {
  const controller = new AbortController();
  directory.lists(people.slice(1));
  const interrupted = rollcall.sync({ commit: true, signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 40);
  await expect(interrupted).rejects.toThrow('enough');
  await expect(rollcall.sync({ signal: AbortSignal.abort(new Error('at once')) })).rejects.toThrow('at once');
  expect(await rollcall.sync()).toMatchObject({ counts: { stored: 3, deleted: 1 } });
  expect(await rollcall.resolveArchives(['nobody@example.com'])).toEqual(['@catchall']);
});

test('logs many people on at once, beside runs that are aborted', async () => {
  const warnings: Error[] = [];
  const hear = (warning: Error) => warnings.push(warning);
  process.on('warning', hear);
  directory.answers(({ form }, response) =>
    response.end(form.get('cmd') === 'list' ? JSON.stringify(people) : '{"authenticated":true}'),
  );
  const names = people.map(({ userName }) => userName);
  for (let delay = 0; delay < 200; delay += 40) {
    const controller = new AbortController();
    const run = rollcall
      .sync({ commit: true, signal: controller.signal })
      .catch((error: unknown) => expect(error).toMatchObject({ message: 'enough' }));
    setTimeout(() => controller.abort(new Error('enough')), delay);
    const logins = [...names, ...names, ...names, ...names].map((name) => rollcall.verifyLogin(name, 'x'));
    expect((await Promise.all(logins)).slice(0, 3)).toEqual(names);
    await run;
    expect(await rollcall.verifyLogin('anna', 'x')).toBe('anna');
  }
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', hear);
  expect(warnings).toEqual([]);
});

test('rejects with the reason of the signal while the listing arrives', async () => {
  const controller = new AbortController();
  directory.answers((_, response) => {
    response.write('[');
    controller.abort(new Error('enough'));
  });
  await expect(rollcall.sync({ signal: controller.signal })).rejects.toThrow(/^enough$/);
  directory.answers(() => undefined);
  await expect(rollcall.sync({ signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/);
});

test('fails with an outcome that names the exit code', async () => {
  const failure = await openRollcall({ config: join(workplace.folder, 'none.yaml') }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(RollcallError);
  expect(failure).toMatchObject({ outcome: 'config' });
});

test('is closed at the end of a block, and its folder is free again', async () => {
  const locked = await openRollcall({ config }).catch((error: unknown) => error);
  expect(locked).toMatchObject({ outcome: 'locked' });
  directory.lists(people);
  const run = rollcall.sync({ commit: true, limits: { deletions: { percent: 100, atLeast: 0, count: 9 } } });
  await rollcall.close();
  expect(await run, 'closing waits for it').toMatchObject({ blocks: [] });
  // Once more at the end of the block, which must not touch what has the number of its file by then.
  await rollcall[Symbol.asyncDispose]();
  await (await openRollcall({ config })).close();
});
