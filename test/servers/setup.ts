import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openStore } from '../../src/database/open-store.ts';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    /** The folder of an embedded store that was only opened; copying it takes a third of the time of making one. */
    embeddedTemplate: string;
  }
}

/** One real Postgres for all test files; each makes a database of its own in it (see database.ts). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, folder] = await Promise.all([startPostgres(), makeEmbedded()]);
  project.provide('postgresUrl', postgres.url);
  project.provide('embeddedTemplate', folder);
  return async () => {
    await Promise.all([postgres.stop(), rm(folder, { recursive: true })]);
  };
}

async function makeEmbedded(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-template-'));
  const actor = { user: 'tester', host: 'here', pid: process.pid, uid: process.getuid?.() ?? 0 };
  await (await openStore({ kind: 'embedded', folder }, actor)).close();
  return folder;
}
