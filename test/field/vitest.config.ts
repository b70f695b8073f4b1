import { defineConfig } from 'vitest/config';

// Named *.field.ts, so that no other run picks them up.
export default defineConfig({
  test: {
    include: ['test/field/*.field.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
  },
});
