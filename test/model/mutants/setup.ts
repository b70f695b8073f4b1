import type { TestProject } from 'vitest/node';

/** The Postgres that the runner started, in place of one for each run of the tests. */
export default function setup(project: TestProject): void {
  project.provide('postgresUrl', process.env['MUTANTS_POSTGRES'] ?? '');
  // Few of these tests need an embedded store; they make their own.
  project.provide('embeddedTemplate', '');
}
