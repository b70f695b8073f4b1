import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig } from 'rolldown';
import { requireBuiltins } from './packaging/require-builtins.js';
import { thirdParties } from './packaging/third-parties.js';

/** What knex, pg and debug load if it is installed, and rollcall never uses. */
const packages = /^\0?(pg-query-stream|supports-color)$/;
const files = /\/knex\/lib\/dialects\/(?!index\.js$|postgres\/)|\/pg\/lib\/native\/index\.js$/;

/** What axios replaces with null in a browser, and its other ways to send a request. */
const unneeded = /\/axios\/lib\/(adapters\/(fetch|xhr)|platform\/node\/classes\/FormData)\.js$/;

export default defineConfig({
  input: {
    cli: 'src/cli/main.ts',
    index: 'src/index.ts',
    follow: 'src/cli/follow-run.ts',
    worker: 'src/database/embedded/worker.js',
  },
  platform: 'node',
  // Both load files beside their own code: WebAssembly and a native addon.
  external: ['@electric-sql/pglite', 'fs-native-extensions'],
  // In Node 20, pg would construct a Response to find out whether it runs on Cloudflare, and so load all of fetch.
  transform: { define: { navigator: 'undefined', Response: 'undefined' } },
  plugins: [
    {
      name: 'leave-out',
      resolveId: { filter: { id: packages }, handler: (id) => `\0${id}` },
      load: {
        filter: { id: [packages, files] },
        // Each caller is prepared for a module that is not installed.
        handler: () => "throw Object.assign(new Error('not in the bundle'), { code: 'MODULE_NOT_FOUND' });",
      },
    },
    {
      name: 'empty',
      // No command of rollcall is another program, and no directory is asked over HTTP/2.
      resolveId: {
        filter: { id: /^(node:child_process|http2)$/ },
        handler: (id, importer) =>
          /\/node_modules\/(commander|axios)\//.test(importer ?? '') ? '\0nothing' : null,
      },
      load: {
        filter: { id: [/^\0nothing$/, unneeded] },
        handler: () => 'export default null; export const getFetch = null;',
      },
    },
    {
      name: 'without-fetch',
      // To look at the global FormData loads all of fetch.
      transform: {
        filter: { id: /\/axios\/lib\/utils\.js$/ },
        handler: (code) => ({ code: code.replaceAll('G.FormData', 'undefined'), map: null }),
      },
    },
    {
      name: 'without-switches',
      // Variables of the environment that make libraries print what they read and send, passwords among it, or replace
      // what opens the connections.
      transform: {
        filter: { id: /\/node_modules\// },
        handler: (code) => ({
          code: code.replaceAll(
            /\b\w*process\.env\.(DEBUG|LOG_STREAM|LOG_TOKENS|NODE_PG_FORCE_NATIVE)\b(?! = )/g,
            '(void 0)',
          ),
          map: null,
        }),
      },
    },
    {
      name: 'page',
      // The style and the script of a page are files in src only.
      transform: {
        filter: { id: /\/src\/report\/html-page\.ts$/ },
        handler: (code, id) => ({
          code: code.replaceAll(
            /readFileSync\(new URL\(.(page\/[\w.]+)., import\.meta\.url\), .utf8.\)/g,
            (_, path) => JSON.stringify(readFileSync(join(dirname(id), path), 'utf8')),
          ),
          map: null,
        }),
      },
    },
    requireBuiltins(),
    thirdParties(),
  ],
  output: {
    dir: 'dist',
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    // What every command loads, in fewer files; the library does without the first.
    codeSplitting: {
      groups: [
        {
          name: 'command-line',
          test: /\/node_modules\/(@commander-js|commander)\/|\/src\/cli\/exit-codes|\0nothing/,
        },
        { name: 'core', test: /\/src\/(core\/(errors|printable)|files\/assets)\.ts$/ },
      ],
    },
    sourcemap: true,
    // A stack trace needs only the positions.
    sourcemapExcludeSources: true,
  },
  // A warning, such as an unresolved import, is an error at run time.
  onLog: (level, log) => {
    if (level === 'warn') throw new Error(log.message);
  },
});
