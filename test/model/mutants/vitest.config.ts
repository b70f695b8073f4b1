import { defineConfig } from 'vitest/config';

// One Postgres for all mutants, and the same random cases for each.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: './test/model/mutants/setup.ts',
    setupFiles: './test/model/mutants/seed.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});
