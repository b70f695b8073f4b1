import { defineConfig } from 'vitest/config';
import { scratch } from './test/servers/memory.ts';

// For the workers, too, which inherit it.
process.env['TMPDIR'] ??= scratch();

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: './test/servers/setup.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Every file opens servers and stores of its own, and some of them wait now and then.
    maxWorkers: 3,
    // Files of one worker share what they import; starting a process for each takes a tenth of the time.
    isolate: false,
  },
});
