import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

// Resolved by the package's own name, because this file runs from src, from build/src and from a chunk in dist.
const manifest = pathToFileURL(createRequire(import.meta.url).resolve('rollcall/package.json'));
const isBundled = import.meta.url.startsWith(new URL('dist/', manifest).href);

/** The version of rollcall. */
export const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };

/** The commented configuration that `rollcall init` copies. */
export const exampleConfig = new URL('config.example.yaml', manifest);

/** The completion that `npm run build` has made for a shell. */
export const completionScript = (shell: string): URL =>
  new URL(`dist/completion/rollcall.${shell}`, manifest);

/** The process that does what follows a run. */
export const followScript = fileURLToPath(
  new URL(isBundled ? 'dist/follow.js' : 'src/cli/follow-run.ts', manifest),
);

/** The worker thread of the embedded store, which is a separate file in the bundle, too. */
export const worker = new URL(isBundled ? 'dist/worker.js' : 'src/database/embedded/worker.js', manifest);
