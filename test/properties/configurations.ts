import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { inspectConfig, showConfig } from '../../src/config/load.ts';
import type { Problem } from '../../src/config/problems.ts';
import { damaged } from './damage.ts';

const secret = 'canary-of-the-configuration';
const nothing = { env: {}, stdin: Readable.from([]) };

/** Everything that a configuration can say; `any` type of value may be put into another place. */
const whole = {
  directory: {
    url: 'https://directory.example.com/',
    authentication: { userName: 'rollcall', password: secret },
    headers: { 'X-Key': secret },
    parameters: { key: secret },
    members: { userName: 'login', fullName: 'displayName', distinguishedName: 'dn', emailAddresses: 'mail' },
    login: { command: 'auth', userNameParameter: 'u', passwordParameter: 'p', answerMember: 'yes' },
    tls: { ignoreWarnings: true },
    timeouts: { connect: '1s', idle: '1m', total: '1h' },
    retries: 2,
    maxSize: '1 GB',
    proxy: 'http://proxy.example.com:3128',
  },
  database: { url: `postgres://u:${secret}@localhost/db`, schema: 'rollcall' },
  scope: {
    include: [{ userName: '*', under: 'OU=Staff,DC=example,DC=com' }],
    exclude: [{ emailDomain: 'example.org' }],
  },
  options: { deleteUsers: true, renames: false, loginWhileGone: false },
  limits: {
    deletions: { percent: 10, atLeast: 5, count: 500 },
    updates: { percent: 50, atLeast: 20, count: 7 },
  },
  defaultPrivileges: { user: ['login'], archive: ['read'] },
};

type Path = string[];
const paths = (value: unknown, path: Path = []): Path[] =>
  typeof value !== 'object' || value === null
    ? [path]
    : [path, ...Object.entries(value).flatMap(([key, member]) => paths(member, [...path, key]))];

const at = (value: unknown, path: Path): unknown =>
  path.reduce((inner, key) => (inner as Record<string, unknown>)[key], value);

const typeOf = (value: unknown) => (Array.isArray(value) ? 'array' : typeof value);

/** What is shown of a configuration has no problems, and is shown as the same. */
async function checkShown(folder: string, file: string): Promise<void> {
  const { yaml } = await showConfig(file, nothing);
  const copy = join(folder, 'shown.yaml');
  writeFileSync(copy, yaml);
  equal((await showConfig(copy, nothing)).yaml, yaml);
}

/** The keys that the problems of a file are about. */
async function problemsOf(folder: string, text: string | Buffer): Promise<string[]> {
  const file = join(folder, 'rollcall.yaml');
  writeFileSync(file, text);
  if (!isUtf8(Buffer.from(text))) {
    await rejects(inspectConfig(file, nothing), { outcome: 'config' });
    return ['the file'];
  }
  const { config, problems } = await inspectConfig(file, nothing);
  equal(config === null, problems.length > 0, 'there is a configuration or there are problems');
  const lines = text.toString().split('\n').length;
  for (const { line, column, key, message } of problems) {
    ok(line >= 1 && line <= lines && column >= 1, `line ${line}, column ${column} of ${lines} lines`);
    ok(message !== '' && !message.includes('\n'), `not one line: ${message}`);
    ok(!`${key}${message}`.includes(secret), `shows the secret: ${message}`);
  }
  if (config !== null) await checkShown(folder, file);
  return problems.map(subjectOf);
}

/** An unknown key is told by its section and its name. */
function subjectOf({ key, message }: Problem): string {
  const unknown = /^unknown key "(.*)"; /.exec(message)?.[1] ?? '';
  return [key, unknown].filter((part) => part !== '').join('.');
}

/** A value of another type, in any place, and a key that nobody knows are always told, by the key. */
export const wrongValues = (folder: string) =>
  fc.asyncProperty(
    fc.constantFrom(...paths(whole).slice(1)),
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.array(fc.constantFrom('login', 7), { maxLength: 2 }),
      fc.dictionary(fc.string({ unit: 'binary' }), fc.constantFrom('x', 1, true)),
    ),
    fc.boolean(),
    async (path, value, addKey) => {
      const config = structuredClone(whole);
      const parent = at(config, path.slice(0, -1)) as Record<string, unknown>;
      const key = path.at(-1) ?? '';
      const other = typeOf(parent[key]) !== typeOf(value);
      // Any key may stand there.
      if (addKey && ['headers', 'parameters'].includes(path.at(-2) ?? '')) return;
      if (addKey && !Array.isArray(parent)) parent['unknownKey'] = value;
      else if (other) parent[key] = value;
      else return;
      const keys = await problemsOf(folder, stringify(config, { aliasDuplicateObjects: false }));
      const wanted = addKey && !Array.isArray(parent) ? [...path.slice(0, -1), 'unknownKey'] : path;
      ok(
        keys.some((key) => key === wanted.join('.') || key.startsWith(`${wanted.join('.')}.`)),
        `nothing is said of ${wanted.join('.')}, but of ${keys.join() || 'nothing'}`,
      );
    },
  );

/** Any text at all: it is a configuration, or it has problems with a place; no secret and no error of ours. */
export const damagedFiles = (folder: string) => {
  const text = Buffer.from(stringify(whole, { aliasDuplicateObjects: false }));
  return fc.asyncProperty(
    fc.oneof(
      { weight: 3, arbitrary: damaged(fc.constant(text)) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text)) },
    ),
    async (bytes) => {
      const keys = await problemsOf(folder, bytes);
      if (bytes.equals(text)) deepEqual(keys, [], 'what is right has no problems');
    },
  );
};
