import type { Socket } from 'node:net';
import { canaries, ok } from './canaries.ts';
import type { Kind } from './stand.ts';

export interface Failure {
  name: string;
  config?: object;
  /** A whole configuration file in place of that. */
  file?: string;
  command?: string;
  env?: Record<string, string>;
  stdin?: string;
  /** Bytes of the directory, or what it does. */
  answer?: string | ((socket: Socket) => void);
  /** How it may end. */
  code: number[];
  only?: Kind;
}

const { directory, database, login } = canaries;
const closed = 'http://127.0.0.1:9/';
const now = 'sync now';
const status = (text: string, more = ''): Failure => ({
  name: text,
  answer: ok('[]', text, more),
  code: [1],
});
const body = (text: string): Failure => ({ name: `body ${text.slice(0, 20)}`, answer: ok(text), code: [1] });
const url = (name: string, text: string, code = [1]): Failure => ({
  name,
  config: { database: { url: text } },
  code,
  only: 'postgres',
});
const file = (name: string, text: string): Failure => ({ name, file: text, code: [78], only: 'postgres' });
const debug = (name: string, value: string, code = [0]): Failure => ({
  name: `${name}=${value}`,
  env: { [name]: value },
  code,
});

const keys = {
  authentication: { token: directory },
  headers: { 'X-Key': directory },
  parameters: { key: directory },
};

const asked = { command: 'login anna --password-stdin', stdin: `${login}\n` };

export const failures: Failure[] = [
  { name: 'all goes well', code: [0] },
  { name: 'all goes well, told at length', command: 'sync now --verbose', code: [0] },
  status('401 Unauthorized'),
  status('403 Forbidden'),
  status('404 Not Found'),
  status('500 Internal Server Error'),
  status('204 No Content'),
  ...[301, 302, 303, 307, 308].map((code) => status(`${code} Moved`, 'Location: http://evil.example/\r\n')),
  { ...status('503 Busy'), config: { directory: { retries: 1 } } },
  body('<html>log in'),
  body('{"error":"no"}'),
  body('[{"userName":"anna"}'),
  { name: 'the connection is reset', answer: (socket) => socket.resetAndDestroy(), code: [1] },
  { name: 'no answer', answer: () => undefined, code: [1] },
  { name: 'no HTTP', answer: 'SSH-2.0-OpenSSH_9.2\r\n', code: [1] },
  { name: 'refused', config: { directory: { url: closed } }, code: [1] },
  { name: 'unknown host', config: { directory: { url: 'http://nowhere.invalid/' } }, code: [1] },
  {
    name: 'no TLS',
    config: { directory: { url: 'https://127.0.0.1:9/' } },
    command: `${now} --verbose`,
    code: [1],
  },
  { name: 'a dead proxy', config: { directory: { proxy: closed } }, command: `${now} --verbose`, code: [1] },
  {
    name: 'HTTP_PROXY',
    env: { HTTP_PROXY: closed, http_proxy: closed, HTTPS_PROXY: closed, ALL_PROXY: closed },
    code: [0],
  },
  {
    name: 'credentials in the URL',
    config: { directory: { url: `http://x:${directory}@127.0.0.1/` } },
    code: [78],
  },
  {
    name: 'a password that is a number',
    config: { directory: { authentication: { userName: 'x', password: 7 } } },
    code: [78],
  },
  ...[
    { ...status('401 Unauthorized'), name: 'a key, an answer of 401' },
    { ...body('{"error":"no"}'), name: 'a key, no listing' },
    {
      name: 'a key in an answer that repeats the request',
      answer: ok(`cmd=list&key=${directory}`),
      code: [1],
    },
    { name: 'a key, config show', command: 'config show', code: [0] },
    { name: 'a key, config check', command: 'config check', code: [0] },
    { name: 'a key, a saved plan', command: 'sync test --save plan.jsonl', code: [0] },
    { name: 'a key, DEBUG=*', env: { DEBUG: '*' }, code: [0] },
  ].map((failure): Failure => ({ ...failure, config: { directory: keys } })),
  {
    name: 'a token with white space',
    config: { directory: { authentication: { token: `Bearer ${directory}` } } },
    code: [78],
  },
  {
    name: 'a header with a line break',
    config: { directory: { headers: { 'X-Key': `${directory}\nX: y` } } },
    code: [78],
  },
  { name: 'output nowhere', command: `${now} --output no/such/folder`, code: [64] },
  { name: 'output full', command: `${now} --output /dev/full`, code: [1] },
  { name: 'wrong usage', command: 'sync never', code: [64] },
  { name: 'config show', command: 'config show', code: [0] },
  { name: 'config check', command: 'config check', code: [0] },
  { name: 'login, no directory', ...asked, config: { directory: { url: closed } }, code: [1, 5] },
  {
    name: 'login, a redirect',
    ...asked,
    answer: ok('', '307 Moved', 'Location: http://evil.example/\r\n'),
    code: [1, 5],
  },
  {
    name: 'login, no JSON',
    ...asked,
    command: `${asked.command} --verbose`,
    answer: ok('<html>'),
    code: [1, 5],
  },
  { name: 'login, no', ...asked, answer: ok('{"authenticated":false}'), code: [1, 5] },
  debug('NODE_DEBUG', 'http', [64]),
  debug('NODE_DEBUG', 'net,tls', [64]),
  debug('NODE_DEBUG', 'http,net,tls,stream,fs,module', [64]),
  debug('DEBUG', 'knex:*,axios,follow-redirects'),
  debug('DEBUG', '*'),
  url('wrong password', `postgres://postgres:${database}@127.0.0.1:9/x`),
  url('no database there', `postgres://u:${database}@127.0.0.1:9/x`),
  url('no host', `postgres://u:${database}@[bad/x`, [78]),
  url('a broken escape', `postgres://u:${database}%zz@127.0.0.1:9/x`, [1, 78]),
  url('a password in the query', `postgres://u@127.0.0.1:9/x?password=${database}`),
  url('a CA that is not there', `postgres://u:${database}@127.0.0.1:9/x?sslrootcert=/no/such/file`, [1, 78]),
  url('an unknown SSL mode', `postgres://u:${database}@127.0.0.1:9/x?sslmode=never`, [1, 78]),
  { ...url('the database down, DEBUG=*', `postgres://u:${database}@127.0.0.1:9/x`), env: { DEBUG: '*' } },
  file('not closed', `directory:\n  authentication: {password: "${directory}\n`),
  file('no YAML', `directory: [${directory}\n  database: url: postgres://u:${database}@h/x\n`),
  file('an unknown key', `directory:\n  url: http://h/\n  password: ${directory}\n`),
  file('from the environment', 'directory:\n  url: ${SECRET}\n  retries: "${SECRET}"\n'),
  file('a tag', `directory:\n  url: http://h/\n  authentication: {userName: u, password: !${directory}}\n`),
  file('a block', `directory:\n  url: http://h/\n  authentication:\n    password: |${directory}\n`),
  file('an alias', `directory:\n  url: &x ${directory}\n  proxy: *x\n`),
];
