import { defineConfig } from 'vitest/config';

// The tests of what is mutated: they need no server, and so no global setup.
export default defineConfig({
  test: {
    include: ['test/core/*.test.ts', 'test/directory/application-integration/elements.test.ts'],
    // Instrumented code is slow, and an endless loop is Stryker's to end.
    testTimeout: 60_000,
  },
});
