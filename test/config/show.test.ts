import { expect, test } from 'vitest';
import { loadConfig, showConfig } from '../../src/config/load.ts';
import { jsonSchema } from '../../src/config/schema.ts';
import { load, minimal, surroundings, write, useFolder } from './given.ts';

useFolder();

const show = async (text: string, env: Record<string, string> = {}) =>
  (await showConfig(write(text), surroundings(env))).yaml;

test('every default is shown, in the words of the file', async () => {
  expect(await show(minimal)).toBe(`directory:
  url: https://directory.example.com/
  login:
    command: auth
    userNameParameter: userName
    passwordParameter: password
    answerMember: authenticated
  tls:
    ignoreWarnings: false
  timeouts:
    connect: 10s
    idle: 2m
    total: 15m
    login: 10s
  retries: 3
  maxSize: 1 GB
database:
  embedded: rollcall-data
scope:
  include: []
  exclude: []
options:
  deleteUsers: false
  loginWhileGone: true
  renames: true
  takeOver: agreed
limits:
  deletions:
    percent: 10
    atLeast: 5
    count: 500
    onExceeded: block
  updates:
    percent: 50
    atLeast: 20
  renames:
    percent: 10
    atLeast: 5
  creations:
    percent: 100
    atLeast: 50
  overlap:
    percent: 50
    fromUsers: 20
defaultPrivileges:
  user:
    - login
  archive:
    - read
after: {}
`);
});

test('what the file says is shown as it is written, in the order of the schema and without its secrets', async () => {
  const text = `
database: {url: 'postgres://u:\${P}@h/d?sslmode=require&sslpassword=canary'}
directory:
  maxSize: 500kB
  proxy: http://proxy:3128
  authentication: {password: canary, userName: "0123 \${P}$$"}
  url: https://directory.example.com/users?api_key=canary&site=a
limits: {renames: {count: 7}}
`;
  const shown = await show(text, { P: 'canary' });
  expect(shown.split('\n').slice(0, 5)).toEqual([
    'directory:',
    '  url: https://directory.example.com/users?api_key=********&site=********',
    '  authentication:',
    '    userName: 0123 canary$$',
    '    password: "********"',
  ]);
  expect(shown).toContain('  maxSize: 500kB\n  proxy: http://proxy:3128\n');
  expect(shown).toContain(
    '  url: postgres://u:********@h/d?sslmode=require&sslpassword=********\n  schema: rollcall\n',
  );
  expect(shown).toContain('  renames:\n    percent: 10\n    atLeast: 5\n    count: 7\n');
  expect(shown.replace('0123 canary', '')).not.toContain('canary');
});

test('what follows a run is shown by its hosts alone', async () => {
  const after = {
    webhook: { url: 'https://hooks.example.com/canary?key=canary', headers: { 'X-Key': 'canary' } },
    ping: { success: 'https://hc.example.com/canary', failure: 'https://hc.example.com/canary/fail' },
    proxy: 'http://proxy.example.com:3128/?key=canary',
  };
  const shown = await show(`${minimal}after: ${JSON.stringify(after)}\n`);
  expect(shown).not.toContain('canary');
  expect(shown).toContain('    url: https://hooks.example.com/********\n');
  expect(shown).toContain('  proxy: http://proxy.example.com:3128/?key=********\n');
});

test('a connection is shown without its passwords in any notation', async () => {
  const shownUrl = async (url: string) =>
    /^  url: (.*postgres:.*|.*host=.*)$/m.exec(await show(`${minimal}database: {url: "${url}"}\n`))?.[1];
  expect(await shownUrl('postgres://u:can#ary@localhost/d?application_name=x')).toBe(
    'postgres://u:********@localhost/d?application_name=x',
  );
  expect(await shownUrl("host=localhost password = 'can ary' dbname=d")).toBe(
    'host=localhost password = ******** dbname=d',
  );
});

test.each([
  minimal,
  `${minimal}database: {url: "host=localhost port=5433 dbname=d sslmode=verify-full"}\n`,
  `${minimal}database: {url: "postgres:///d?host=/run/postgresql", schema: mail}\n`,
  `${minimal}  login: {command: "0123", userNameParameter: "\${NAME}", passwordParameter: "$\${NAME}"}\n`,
  `${minimal}options: {deleteUsers: {listings: 3, after: 30d}, loginWhileGone: false}\n`,
  `${minimal}scope: {include: [{fullName: "yes", userName: "*"}], exclude: [{under: "OU=a\\\\,b,DC=c"}]}\n`,
])('what is shown is valid and means the same: %j', async (text) => {
  const env = { NAME: '${x}$ \n\t# "\\\u202e\u{e0041}' };
  const { config, ...rest } = { config: await load(write(text), env), env };
  const shown = await show(text, rest.env);
  expect(shown).not.toMatch(/[^\P{C}\n]/u);
  // Its lines are other ones.
  const { scopeLines } = config;
  expect({ ...(await loadConfig(write(shown), surroundings())), scopeLines }).toEqual(config);
});

test('the schema names the defaults, and allows no other keys', () => {
  expect(jsonSchema()).toMatchObject({
    additionalProperties: false,
    properties: {
      directory: { properties: { timeouts: { properties: { idle: { type: 'string', default: '2m' } } } } },
      database: { default: { embedded: 'rollcall-data' } },
      defaultPrivileges: {
        properties: { archive: { items: { enum: ['none', 'read', 'write', 'delete'] }, default: ['read'] } },
      },
    },
  });
});
