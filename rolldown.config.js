import { defineConfig } from 'rolldown';
import { thirdParties } from './packaging/third-parties.js';

/** What knex, pg and debug load if it is installed, and rollcall never uses. */
const packages = /^(pg-query-stream|supports-color)$/;
const files = /\/knex\/lib\/dialects\/(?!index\.js$|postgres\/)|\/pg\/lib\/native\/index\.js$/;

export default defineConfig({
  input: {
    cli: 'src/cli/main.ts',
    index: 'src/index.ts',
    worker: 'src/database/embedded/worker.js',
  },
  platform: 'node',
  // Both load files beside their own code: WebAssembly and a native addon.
  external: ['@electric-sql/pglite', 'fs-native-extensions'],
  plugins: [
    {
      name: 'leave-out',
      resolveId: { filter: { id: packages }, handler: (id) => `\0${id}` },
      load: {
        filter: { id: [/^\0(pg-query-stream|supports-color)$/, files] },
        // Each caller is prepared for a module that is not installed.
        handler: () => "throw Object.assign(new Error('not in the bundle'), { code: 'MODULE_NOT_FOUND' });",
      },
    },
    thirdParties(),
  ],
  output: {
    dir: 'dist',
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    sourcemap: true,
    // A stack trace needs only the positions.
    sourcemapExcludeSources: true,
  },
  // A warning, such as an unresolved import, is an error at run time.
  onLog: (level, log) => {
    if (level === 'warn') throw new Error(log.message);
  },
});
