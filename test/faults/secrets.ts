import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RawServer } from '../servers/raw.ts';
import { canaries, ok } from './canaries.ts';
import type { Context, Fault } from './fault.ts';
import { failures, type Failure } from './secret-failures.ts';
import { inLanes } from './lanes.ts';
import { describeEnd } from '../support/launch.ts';
import { kinds, Stand } from './stand.ts';

/** As they are, and as HTTP Basic and base64 would show them. */
const forms = Object.values(canaries).flatMap((canary) => [
  canary,
  ...['', 'rollcall:', 'x:'].map((prefix) =>
    Buffer.from(prefix + canary)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(prefix === '' ? 0 : 12),
  ),
]);

/** The forms that stand in a text or in a file, all that is below a folder included. */
function leaksIn(content: Buffer): string[] {
  return forms.filter((form) => form.length > 8 && content.includes(form));
}

export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  if (!statSync(folder).isDirectory()) return [folder];
  return readdirSync(folder).flatMap((name) => filesBelow(join(folder, name)));
}

async function attempt(
  context: Context,
  stand: Stand,
  server: RawServer,
  failure: Failure,
): Promise<string[]> {
  const {
    name,
    config = {},
    command = 'sync now --format json --output out.jsonl',
    env = {},
    code,
    answer,
    stdin = '',
  } = failure;
  const url = new URL(context.postgres.url);
  url.pathname = new URL(stand.url ?? url).pathname;
  const directory = { url: server.url, retries: 0, timeouts: { idle: '5s' } };
  const authentication = { userName: 'rollcall', password: canaries.directory };
  const database = stand.kind === 'embedded' ? { embedded: join(stand.folder, 'data') } : { url: url.href };
  const { directory: more = {}, ...others } = config as { directory?: object };
  stand.configure({ directory: { ...directory, authentication, ...more }, database, ...others });
  if (failure.file !== undefined)
    writeFileSync(join(stand.folder, 'rollcall.yaml'), failure.file, { mode: 0o600 });
  if (typeof answer === 'string') server.sends(answer);
  else server.does(answer ?? ((socket) => socket.end(ok('[{"userName":"anna"}]'))));
  const variables = { SECRET: canaries.environment, ...env };
  const ended = await stand.launch(command, { env: variables, stdin, deadline: 30_000 }).ended;
  const problems: string[] = [];
  if (!code.includes(ended.code ?? -1)) problems.push(`ended otherwise: ${describeEnd(ended)}`);
  for (const part of ['stdout', 'stderr'] as const) {
    const leaks = leaksIn(Buffer.from(ended[part]));
    if (leaks.length > 0) problems.push(`${leaks.join()} on ${part}`);
  }
  for (const file of filesBelow(stand.folder).filter((file) => !file.endsWith('rollcall.yaml'))) {
    const leaks = leaksIn(readFileSync(file));
    if (leaks.length > 0) problems.push(`${leaks.join()} in ${file.slice(stand.folder.length)}`);
  }
  return problems.map((problem) => `${name}, ${stand.kind}: ${problem}`);
}

export const secrets: Fault = {
  promise: 'No secret anywhere',
  figure:
    'failures with canary passwords; standard output and error, results, history and the whole embedded store searched',
  run: async (context) => {
    const violations: string[] = [];
    let done = 0;
    for (const kind of kinds) {
      const chosen = failures.filter(({ only }) => (only ?? kind) === kind);
      await inLanes(
        chosen.length,
        async () => ({
          stand: await Stand.open(kind, context.postgres.url),
          server: await RawServer.start(),
        }),
        async ({ stand, server }) => {
          await stand.close();
          await server.stop();
        },
        async ({ stand, server }, index) => {
          const failure = chosen[index];
          if (failure === undefined) return;
          violations.push(...(await attempt(context, stand, server, failure)));
          const told = { name: `history after ${failure.name}`, command: 'history --format json', code: [0] };
          if (index % 8 === 0) violations.push(...(await attempt(context, stand, server, told)));
          done += 1;
        },
      );
    }
    return { done, violations };
  },
};
