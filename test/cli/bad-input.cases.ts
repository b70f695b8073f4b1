import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** One way to hold it wrong. What comes of it stands in bad-input.md, which people read. */
export interface BadInput {
  name: string;
  args: string;
  /** The text of rollcall.yaml; URL and DATABASE stand for those of the test. */
  config?: string | null;
  stdin?: string;
  env?: Record<string, string>;
  files?: Record<string, string | Buffer>;
  /** What the directory answers. */
  answer?: (response: ServerResponse) => unknown;
}

export const goodConfig =
  'directory: {url: "URL", retries: 0, timeouts: {connect: 1s, idle: 1s}}\ndatabase: {url: "DATABASE"}\n';

const configured = (text: string, more: Partial<BadInput> = {}): BadInput => ({
  name: text.trimEnd(),
  args: 'config check',
  config: text,
  ...more,
});
const inDirectory = (text: string, more: Partial<BadInput> = {}) =>
  configured(`directory: {url: "http://d/", ${text}}\n`, more);
const inDatabase = (text: string, more: Partial<BadInput> = {}) =>
  configured(`directory: {url: "http://d/"}\ndatabase: {${text}}\n`, more);
const below = (text: string) => configured(`directory: {url: "http://d/"}\n${text}\n`);

const configurations: BadInput[] = [
  { name: 'no configuration', args: 'sync test', config: null },
  { name: 'another configuration that is not there', args: 'sync test --config no/such.yaml', config: null },
  { name: 'a folder for a configuration', args: 'config check --config .', config: null },
  { name: 'nothing on standard input', args: 'config check --config -', config: null },
  configured(''),
  configured('# only a comment\n'),
  configured('- a\n- list\n'),
  configured('just text\n'),
  configured('directory: {\n'),
  configured('directory:\n\turl: http://d/\n'),
  configured('directory: {url: "http://d/"}\ndirectory: {url: "http://e/"}\n'),
  configured('directory: &a {url: "http://d/"}\nscope: *a\n'),
  configured('directory: {url: !secret x}\n'),
  configured('directory:\n  authentication:\n    password: !canary-7x\n'),
  configured('directory:\n  authentication:\n    password: |canary-7x\n'),
  configured('? [a]\n: b\n'),
  configured('<<: {x: 1}\ndirectory: {url: "http://d/"}\n'),
  configured('directory:\n  url: ${MISSING}\n'),
  configured('directory: {url: "${not closed"}\n'),
  configured('directory: {}\n'),
  configured('directory: {url: 7}\n'),
  configured('directory: {url: "ftp://d/"}\n'),
  configured('directory: {url: nonsense}\n'),
  configured('directory: {url: "http://me:canary-7x@d/"}\n'),
  configured('directory: {url: "javascript:alert(1)"}\n'),
  inDirectory('authentication: {userName: a, password: 1e5}'),
  inDirectory('authentication: {userName: a, passwordFile: empty}', { files: { empty: '\n' } }),
  configured('directory:\n  url: http://d/\n  authentication:\n    userName: a\n    password: abc #x\n'),
  inDirectory('retires: 3'),
  inDirectory('retries: -1'),
  inDirectory('retries: many'),
  inDirectory('maxSize: 3 bananas'),
  inDirectory('maxSize: 0 GB'),
  inDirectory('proxy: proxy.example.com'),
  inDirectory('timeouts: {idle: 30}'),
  inDirectory('timeouts: {total: 0s}'),
  inDirectory('timeouts: {total: 25h}'),
  inDirectory('authentication: {userName: a}'),
  inDirectory('authentication: {userName: a, password: 0123}'),
  inDirectory('authentication: {userName: a, password: yes, passwordFile: f}'),
  inDirectory('authentication: {password: canary-7x}'),
  inDirectory('authentication: {userName: a, passwordFile: nowhere}'),
  inDirectory('tls: {caFile: nowhere.pem}'),
  { ...inDirectory('tls: {caFile: garbage.pem}'), files: { 'garbage.pem': 'garbage' } },
  inDirectory('tls: {ignoreWarnings: 1}'),
  inDirectory('login: {command: ""}'),
  inDirectory('login: {cmd: auth}'),
  inDirectory('login: {userNameParameter: cmd}'),
  inDirectory('login: {passwordParameter: userName}'),
  inDatabase('url: "mysql://h/d"'),
  inDatabase('url: "postgres://u:p@[bad/d"'),
  inDatabase('url: "postgres://u:canary-7x/5@h/d"'),
  inDatabase('url: "postgres://u:5/canary-7x@h/d"'),
  inDatabase('url: "postgres://u:5@canary-7x@h/d"'),
  inDatabase('url: "postgres://u:canary-7x%@h/d"'),
  inDatabase('url: "postgres://h:abc/d"'),
  inDatabase('url: "postgres://h/d?port=abc"'),
  inDatabase('url: "postgres://h/d?sslmode=verify_full"'),
  inDatabase('url: "postgres://h/d?sslmod=verify-full"'),
  inDatabase('url: "postgres://h/d?sslrootcert=/nope.pem"'),
  inDatabase('url: "postgres://h/d?sslcert=client.crt"'),
  inDatabase('url: "postgres://h/d?channel_binding=require"'),
  inDatabase('url: "host=a,b,c port=1,2 dbname=d"'),
  inDatabase('url: "host=h password=my canary-7x=5"'),
  inDatabase('url: "service=mail"'),
  inDatabase('url: "dbname"'),
  { ...inDatabase('url: "postgres:///d"', { env: { PGSERVICE: 'mail' } }), name: 'PGSERVICE' },
  { ...inDatabase('url: "postgres:///d"', { env: { PGSSLMODE: 'verify_full' } }), name: 'a wrong PGSSLMODE' },
  inDatabase('url: "postgres://h/d", embedded: folder'),
  inDatabase('schema: mail'),
  inDatabase('url: "postgres://h/d", schema: "Drop Table"'),
  inDatabase('url: "postgres://h/d", schema: pg_mail'),
  inDatabase('embedded: folder, schema: mail'),
  inDatabase('urlFile: nowhere'),
  { ...inDatabase('urlFile: url'), files: { url: 'canary-7x\n' } },
  below('scope: {include: all}'),
  below('scope: {include: [{}]}'),
  below('scope: {include: [{user: x}]}'),
  below('scope: {exclude: [{userName: [a, b]}]}'),
  below('scope: {exclude: [{under: Staff}]}'),
  below('options: {deleteUsers: "yes"}'),
  below('options: {delete: true}'),
  below('limits: {deletions: 10}'),
  below('limits: {deletions: {percent: 101}}'),
  below('limits: {deletions: {atLeast: -1}}'),
  below('limits: {updates: {count: 1.5}}'),
  below('limits: {overlap: 50}'),
  below('limits: {overlap: {percent: 50, atLeast: 3}}'),
  below('limits: {creations: {percent: -1}}'),
  below('options: {takeOver: never}'),
  below('defaultPrivileges: {user: login}'),
  below('defaultPrivileges: {user: []}'),
  below('defaultPrivileges: {user: [login, admin]}'),
  below('defaultPrivileges: {user: [login, login]}'),
  below('defaultPrivileges: {archive: [peek]}'),
  below('directories: {}'),
];

const commandLines: BadInput[] = [
  ...[
    '',
    'sync',
    'synk',
    'sync tset',
    'sync test extra',
    'sync now --exit-code',
    'sync test --format xml',
    'sync now --max-deletes x',
    'sync now --max-deletes -1',
    'sync now --max-deletes 1.5',
    'sync now --max-updates',
    'sync now --max-updates %',
    'sync now --max-renames many',
    'sync now --max-creates -5',
    'sync now --min-overlap 30',
    'sync now --min-overlap 101%',
    'sync now --accept-missing mail',
    'sync now --same',
    'sync test --nonsense',
    'sync --dry-run',
    'sync test --json',
    'sync no',
    'plan',
    'apply',
    'sync apply',
    'users remov anna',
    'sync test --output no/such/folder/file',
    'sync test --output .',
    'history 0',
    'history latest',
    'history --limit 0',
    'history 99',
    'explain',
    'explain nobody',
    'explain nobody@example.com --by address',
    'explain anna --by mail',
    'explain anna bert',
    'explain anna --format markdown',
    'explain anna --listing nowhere.json',
    'config',
    'config show --format json',
    'init /no/such/folder/rollcall.yaml',
    'init rollcall.yaml',
    'demo --serve http',
    'demo --serve 99999999',
    'login',
    'login anna',
    'login anna bert --password-stdin',
    'login --checkpassword',
    'users',
    'users show',
    'users show nobody',
    'users add',
    'users add anna',
    'users add @catchall --password-stdin',
    'users add anna --privilege fly --password-stdin',
    'users add anna --privilege login none --password-stdin',
    'users set nobody --privilege login',
    'users set nobody',
    'users remove nobody',
    'users rename nobody somebody',
    'users rename nobody @catchall',
    'archives give nowhere anna',
    'archives remove nowhere',
    'archives remove nowhere --with-mail',
    'users list --authentication magic',
    'archives',
    'archives show nowhere',
    'archives grant nowhere anna read',
    'archives grant a b',
    'archives grant a b peek',
    'archives grant a b read none',
    'archives import',
    'archives import nowhere.eml',
    'archives import .',
    'archives resolve',
    'archives export',
    'archives export nowhere',
    'archives export a --format pst',
    'archives export a --format maildir',
  ].map((args) => ({ name: `rollcall ${args}`.trimEnd(), args })),
  { name: 'rollcall explain, and nothing but a line break', args: 'explain \n' },
  {
    name: 'rollcall users add anna, and an empty password',
    args: 'users add anna --password-stdin',
    stdin: '\n',
  },
  {
    name: 'rollcall users add anna, and a password of two lines',
    args: 'users add anna --password-stdin',
    stdin: 'a\nb\n',
  },
  {
    name: 'rollcall users add anna, and a password that is too long',
    args: 'users add anna --password-stdin',
    stdin: 'x'.repeat(2_000),
  },
  {
    name: 'rollcall users add with a name that is too long',
    args: `users add ${'x'.repeat(257)} --password-stdin`,
    stdin: 'p',
  },
  {
    name: 'rollcall users add anna, and an address with a control character',
    args: 'users add anna --address a\u0007@b --password-stdin',
    stdin: 'p',
  },
  { name: 'rollcall archives import of an empty file', args: 'archives import empty', files: { empty: '' } },
  {
    name: 'rollcall archives import of half a gzip',
    args: 'archives import half.gz',
    files: { 'half.gz': gzipSync('From a\nTo: b\n\nc\n').subarray(0, 20) },
  },
  { name: 'rollcall archives import of nothing on standard input', args: 'archives import -', stdin: '' },
];

const answers = (name: string, answer: BadInput['answer']): BadInput => ({
  name,
  args: 'sync now',
  ...(answer && { answer }),
});
const body = (text: string | Buffer, type = 'application/json') =>
  answers(
    `${type === 'application/json' ? '' : `${type}: `}${typeof text === 'string' ? text || '(nothing)' : '(bytes)'}`,
    (response) => response.writeHead(200, { 'Content-Type': type }).end(text),
  );
const status = (code: number, headers = {}) =>
  answers(`status ${code}`, (response) => response.writeHead(code, headers).end('[]'));

const listings: BadInput[] = [
  body(''),
  body('null'),
  body('"ok"'),
  body('{}'),
  body('7'),
  body('[1,]'),
  body('[NaN]'),
  body('[{"userName":"a"}'),
  body('[{"userName":"a"}}'),
  body('[{"userName":"a"}] // end'),
  body('{"userName":"a"}\n{"userName":"b"}'),
  body("[{'userName':'a'}]"),
  body('<b>Notice</b>: undefined variable\n[]'),
  body('<!DOCTYPE html><title>Log in</title>', 'text/html'),
  body('\u001b]0;owned\u0007[]', 'text/plain'),
  body(Buffer.from('[{"userName":"zo\xeb"}]', 'latin1')),
  body(Buffer.from('[]', 'utf16le')),
  body('[]', 'application/json; charset=klingon'),
  body('[{"userName":"zoë"}]', 'application/json; charset=iso-8859-1'),
  body(JSON.stringify(Array.from({ length: 30 }, (_, i) => ({ userName: `u${i}`, emailAddresses: 'a@x' })))),
  ...[201, 204, 206, 304, 400, 401, 403, 404, 407, 429, 500, 502, 503, 504].map((code) => status(code)),
  ...[301, 302, 303, 307, 308].map((code) => status(code, { Location: 'http://evil.example/' })),
  answers('an encoding that nobody asked for', (response) =>
    response.writeHead(200, { 'Content-Encoding': 'zip' }).end('[]'),
  ),
  answers('gzip that is none', (response) =>
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('[]'),
  ),
  answers('half a gzip', (response) =>
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('[]').subarray(0, 15)),
  ),
  answers(
    'more than Content-Length',
    (response) => response.writeHead(200, { 'Content-Length': 99 }).write('[]') && response.destroy(),
  ),
  answers('a connection that is cut', (response) => response.destroy()),
  answers('silence', () => undefined),
];

const unreachable = (name: string, config: string, more: Partial<BadInput> = {}): BadInput => ({
  name,
  args: 'sync test',
  config,
  ...more,
});
const states: BadInput[] = [
  unreachable(
    'no directory there',
    'directory: {url: "http://127.0.0.1:9/", retries: 0}\ndatabase: {url: "DATABASE"}\n',
  ),
  unreachable(
    'a host that is not known',
    'directory: {url: "http://directory.invalid/", retries: 0}\ndatabase: {url: "DATABASE"}\n',
  ),
  unreachable(
    'https where http is spoken',
    'directory: {url: "HTTPS-URL", retries: 0}\ndatabase: {url: "DATABASE"}\n',
  ),
  unreachable(
    'a proxy that is not there',
    'directory: {url: "URL", retries: 0, proxy: "http://127.0.0.1:9/"}\ndatabase: {url: "DATABASE"}\n',
  ),
  unreachable(
    'no Postgres there',
    'directory: {url: "URL"}\ndatabase: {url: "postgres://u:canary-7x@127.0.0.1:9/d"}\n',
  ),
  unreachable(
    'no Postgres on several hosts',
    'directory: {url: "URL"}\ndatabase: {url: "postgres://u:canary-7x@127.0.0.1:9,localhost:9/d"}\n',
  ),
  unreachable(
    'no socket of Postgres',
    'directory: {url: "URL"}\ndatabase: {url: "host=/no/such/folder user=u password=canary-7x"}\n',
  ),
  unreachable(
    'a database without TLS that must have it',
    'directory: {url: "URL"}\ndatabase: {url: "DATABASE?sslmode=verify-full"}\n',
  ),
  unreachable(
    'a wrong password of the database',
    'directory: {url: "URL"}\ndatabase: {url: "WRONG-PASSWORD"}\n',
  ),
  unreachable('no password of the database', 'directory: {url: "URL"}\ndatabase: {url: "NO-PASSWORD"}\n'),
  unreachable(
    'a database that does not exist',
    'directory: {url: "URL"}\ndatabase: {url: "DATABASE-nowhere"}\n',
  ),
  unreachable(
    'somebody else’s folder for the embedded store',
    'directory: {url: "URL"}\ndatabase: {embedded: .}\n',
  ),
  unreachable('a file for the embedded store', 'directory: {url: "URL"}\ndatabase: {embedded: file}\n', {
    files: { file: '' },
  }),
  unreachable(
    'an embedded store below a folder that is not there',
    'directory: {url: "URL"}\ndatabase: {embedded: no/such/store}\n',
  ),
  unreachable(
    'an embedded store of another version',
    'directory: {url: "URL"}\ndatabase: {embedded: old}\n',
    { files: { 'old/data/PG_VERSION': '9\n' } },
  ),
  unreachable(
    'an embedded store without its version',
    'directory: {url: "URL"}\ndatabase: {embedded: old}\n',
    { files: { 'old/data/base': '' } },
  ),
  unreachable('a variable that makes Node print passwords', goodConfig, { env: { NODE_DEBUG: 'http' } }),
  unreachable('no folder for temporary files', goodConfig, { env: { TMPDIR: '/no/such/folder' } }),
];

export const groups: Record<string, BadInput[]> = {
  'The configuration': configurations,
  'The command line and files': commandLines,
  'What the directory answers': listings,
  'What is not there': states,
};
