import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { ServerSettings } from '../../src/directory/application-integration/password.ts';
import { login, people, sendJson, type Conduct } from './good-directory.ts';

const bytes = (response: ServerResponse, body: Buffer | string, type: string, more = {}) =>
  response
    .writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...more })
    .end(body);
const json = JSON.stringify(people);
const utf8 = 'application/json; charset=utf-8';

const inList =
  (send: (response: ServerResponse) => unknown): Conduct =>
  ({ list }, response) =>
    list > 0 && send(response);
/** Every list has other entries. */
const lists = (entries: unknown) => inList((response) => sendJson(response, entries));
const [john, jane, zoe] = people;
/** One member of everybody is another. */
const everybody = (change: (one: (typeof people)[number]) => object) =>
  lists(people.map((one) => ({ ...one, ...change(one) })));
const onLogin =
  (is: (userName: string, password: string) => boolean, value: unknown, status = 200): Conduct =>
  ({ form, userName, password, hasService }, response) =>
    hasService && form.get('cmd') === 'auth' && is(userName, password) && sendJson(response, value, status);
const yes = { authenticated: true };
const isWrong = (name: string, password: string) => name === login.userName && password.startsWith('wrong-');
const withoutLength = (response: ServerResponse) => {
  response.removeHeader('Transfer-Encoding');
  response.removeHeader('Content-Length');
  response.setHeader('Connection', 'close');
  response.writeHead(200, { 'Content-Type': utf8 }).end(json);
};
const not200 = (status: number, headers = {}) =>
  inList((response) => response.writeHead(status, headers).end());

/** Which finding a directory gets that does something wrong: `check grade: message`. */
type Case = [what: string, conduct: Conduct, expected: RegExp[], settings?: Partial<ServerSettings>];

export const badDirectories: Case[] = [
  ['no such page', not200(404), [/^answer failed: answered 404/]],
  ['a service password that is refused', not200(401), [/^answer failed: answered 401/]],
  [
    'a redirect',
    not200(302, { Location: '/login?canary' }),
    [/^answer failed: answered 302, a redirect to .*\/login;/],
  ],
  [
    'a connection that is cut',
    inList((response) => response.destroy()),
    [/^answer failed: the connection was cut/],
  ],
  [
    'a length that is not reached',
    inList((response) => {
      response.writeHead(200, { 'Content-Length': 9_999 }).write('[');
      setTimeout(() => response.destroy(), 50);
    }),
    [/^answer failed: the connection was cut/],
  ],
  [
    'a damaged compression',
    inList((response) => bytes(response, 'no gzip', utf8, { 'Content-Encoding': 'gzip' })),
    [/^answer failed: the compressed answer is damaged/],
  ],
  [
    'an answer that never comes',
    ({ list }) => (list > 0 ? new Promise(() => undefined) : null),
    [/^answer failed: nothing was received for 0.3 s/],
    { timeouts: { connect: 2_000, idle: 300, total: 2_000 } },
  ],
  [
    'a page',
    inList((r) => bytes(r, json, 'text/html; charset=utf-8')),
    [/^mediaType warning: it is text\/html/],
  ],
  [
    'no media type',
    inList((r) => r.writeHead(200, { 'Content-Length': Buffer.byteLength(json) }).end(json)),
    [/^mediaType warning: none/],
  ],
  [
    'another charset than declared',
    inList((r) => bytes(r, Buffer.from(json, 'latin1'), utf8)),
    [/^charset failed: answered with bytes that are not utf-8/],
  ],
  [
    'UTF-8 declared as something else',
    inList((r) => bytes(r, json, 'text/json; charset=iso-8859-1')),
    [/^charset failed: declares iso-8859-1/],
  ],
  [
    'an unknown charset',
    inList((r) => bytes(r, json, 'text/json; charset=klingon')),
    [/^charset failed: declares an unknown/],
  ],
  [
    'an old charset',
    inList((r) => bytes(r, Buffer.from(json, 'latin1'), 'text/json; charset=iso-8859-1')),
    [/^charset warning/],
  ],
  ['no charset where one is needed', inList((r) => bytes(r, json, 'text/json')), [/^charset warning: none/]],
  ['a byte order mark', inList((r) => bytes(r, `\ufeff${json}`, utf8)), [/^byteOrderMark warning/]],
  ['no length', inList(withoutLength), [/^length warning/]],
  ['a large list', () => null, [/^size warning: \d+ bytes, more than half/], { maxSize: json.length + 10 }],
  [
    'a slow list',
    ({ list }) => (list === 1 ? sleep(1_600) : null),
    [/^time warning: the list took \d\.\d s/],
    { timeouts: { connect: 3_000, idle: 3_000, total: 3_000 } },
  ],
  ['an object', lists({ users: people }), [/^list failed: .*it is not an array/]],
  [
    'a notice before the list',
    inList((r) => bytes(r, `Notice: x${json}`, utf8)),
    [/^list failed: .*begins with "Notice/],
  ],
  ['half a list', inList((r) => bytes(r, json.slice(0, -9), utf8)), [/^list failed: /]],
  ['an empty list', lists([]), [/^readableEntries warning: the list is empty/]],
  [
    'entries that cannot be read',
    lists([...people, { userName: 7 }, 'x', { userName: 'e\u001b[31m\u202e', fullName: 7 }]),
    [
      /^readableEntries failed: 3 entries cannot be read: entry 4: userName is a number, not a string, entry 5: is/,
    ],
  ],
  [
    'an entry twice',
    lists([...people, john]),
    [/^repeatedEntries warning: .*entry 4 \(john.doe\) is entry 1/],
  ],
  [
    'a name twice',
    lists([...people, { ...john, userName: 'JOHN.DOE' }]),
    [/^ambiguousNames failed: .*entry 4 \(JOHN.DOE\) and entry 1 \(john.doe\)/],
  ],
  ['no DNs', everybody(() => ({ distinguishedName: null })), [/^distinguishedNames warning: no entry has/]],
  [
    'a missing DN',
    lists([john, jane, { ...zoe, distinguishedName: '' }]),
    [/^distinguishedNames warning: 1 entry without .*entry 3/],
  ],
  [
    'DNs with another name',
    everybody(({ distinguishedName: dn }) => ({ dn, distinguishedName: undefined })),
    [/^distinguishedNames failed: .*but there is "dn"/],
  ],
  [
    'strings for DNs',
    everybody(({ userName }) => ({ distinguishedName: `Number of ${userName}` })),
    [/^parsableDNs warning: 3 are not/],
  ],
  [
    'a DN of two',
    lists([john, jane, { ...zoe, distinguishedName: john?.distinguishedName }]),
    [/^uniqueDNs failed/],
  ],
  [
    'DNs that repeat the name',
    everybody(({ userName }) => ({ distinguishedName: `UID=${userName},DC=x` })),
    [/^lastingDNs warning: 3 only repeat/],
  ],
  ['no full names', everybody(() => ({ fullName: null })), [/^fullNames warning/]],
  [
    'full names with another name',
    everybody(({ fullName }) => ({ fullName: null, displayName: fullName })),
    [/^fullNames failed: .*"displayName"/],
  ],
  ['no addresses', everybody(() => ({ emailAddresses: [] })), [/^addresses warning: no entry/]],
  [
    'somebody without an address',
    lists([john, jane, { ...zoe, emailAddresses: [] }]),
    [/^addresses warning: 1 entry without/],
  ],
  [
    'addresses with another name',
    everybody(({ emailAddresses: mail }) => ({ emailAddresses: [], mail })),
    [/^addresses failed: .*"mail"/],
  ],
  [
    'an odd address',
    lists([john, jane, { ...zoe, emailAddresses: ['SMTP:z@example.com'] }]),
    [/^plainAddresses warning: 1 address/],
  ],
  [
    'an address of two',
    lists([john, jane, { ...zoe, emailAddresses: ['z@example.com', 'John.Doe@example.com'] }]),
    [/^sharedAddresses warning: 1 person shares .*entry 3 \(zoe\) and entry 1 \(john.doe\)/],
  ],
  [
    'another list the second time',
    ({ list }, response) => list === 2 && sendJson(response, people.slice(1)),
    [
      /^secondListing failed: .*\(2 entries\) differs from the first \(3\); only in the first: entry 1 \(john.doe\)$/,
    ],
  ],
  [
    'another order of addresses each time',
    ({ list }, response) =>
      list > 0 &&
      sendJson(response, [
        { ...john, emailAddresses: list === 1 ? ['a@x.de', 'b@x.de'] : ['b@x.de', 'a@x.de'] },
      ]),
    [/^secondListing failed: .*only in the first: entry 1 .*only in the second: entry 1/],
  ],
  [
    'no second list',
    ({ list }, response) => list === 2 && sendJson(response, {}, 500),
    [/^secondListing failed: .*answered 500/],
  ],
  [
    'half a second list',
    ({ list }, response) => list === 2 && bytes(response, json.slice(0, -9), utf8),
    [/^secondListing failed/],
  ],
  [
    'compression that was not asked for',
    inList((r) => bytes(r, gzipSync(json), utf8, { 'Content-Encoding': 'gzip' })),
    [/^compression warning: .*gzip/],
  ],
  [
    'any service password',
    ({ headers, hasService, form }, r) =>
      headers.authorization && !hasService && form.get('cmd') === 'list' && sendJson(r, people),
    [/^wrongServicePassword failed: it gets the list/],
  ],
  [
    'no 401',
    ({ headers, hasService }, r) => headers.authorization && !hasService && sendJson(r, []),
    [/^wrongServicePassword failed: it is answered with 200/],
  ],
  [
    'a login page',
    ({ headers, hasService }, r) =>
      headers.authorization && !hasService && r.writeHead(302, { Location: '/?canary' }).end(),
    [/^wrongServicePassword warning/],
  ],
  [
    'no service password',
    ({ headers, method }, r) => method === 'POST' && !headers.authorization && sendJson(r, people),
    [/^noServicePassword failed/],
  ],
  [
    'a list without cmd',
    ({ form, method }, r) => method === 'POST' && !form.has('cmd') && sendJson(r, people),
    [/^noCommand failed: it gets the list/],
  ],
  [
    'a yes without cmd',
    ({ form, method }, r) => method === 'POST' && !form.has('cmd') && sendJson(r, yes),
    [/^noCommand failed: .*as if a password/],
  ],
  [
    'a failure without cmd',
    ({ form, method }, r) => method === 'POST' && !form.has('cmd') && sendJson(r, {}, 500),
    [/^noCommand warning/],
  ],
  [
    'a list for any cmd',
    ({ form }, r) => form.get('cmd') === 'rollcall-check' && sendJson(r, people),
    [/^unknownCommand failed/],
  ],
  [
    'a large list for any cmd',
    ({ form }, r) => form.get('cmd') === 'rollcall-check' && sendJson(r, Array(9_000).fill(john)),
    [/^unknownCommand failed/],
  ],
  [
    'a list for GET',
    ({ method, url }, r) => method === 'GET' && url.includes('?cmd=list') && sendJson(r, people),
    [/^getRequest warning/],
  ],
  [
    'no to everybody',
    onLogin(() => true, { authenticated: false }),
    [/^goodPassword failed: the directory says no/],
  ],
  [
    'a string for true',
    onLogin((_, password) => password === login.password, { authenticated: 'true' }),
    [/^goodPassword failed: "authenticated" is a string/],
  ],
  ['no logins', onLogin(() => true, 'canary', 404), [/^goodPassword failed: answered 404/]],
  ['a list for a login', onLogin(() => true, people), [/^goodPassword failed: not a JSON object/]],
  ['yes to a wrong password', onLogin(isWrong, yes), [/^wrongPassword failed: accepted/]],
  ['401 to a wrong password', onLogin(isWrong, {}, 401), [/^wrongPassword failed: answered 401/]],
  [
    'another way to say no',
    onLogin((name, password) => name !== login.userName || password !== login.password, { ok: 'canary' }),
    [
      /^wrongPassword warning: .*missing/,
      /^emptyPassword warning/,
      /^unknownName warning/,
      /^specialCharacters warning/,
    ],
  ],
  ['yes to an empty password', onLogin((_, password) => password === '', yes), [/^emptyPassword failed/]],
  [
    'yes to an unknown name',
    onLogin((name) => /^rollcall-check-\w+$/.test(name), yes),
    [/^unknownName failed/],
  ],
  [
    'a name that shows',
    onLogin((name) => /^rollcall-check-\w+$/.test(name), { authenticated: false, error: 'who?' }),
    [/^alikeRefusals warning/],
  ],
  [
    'trouble with special characters',
    onLogin((name) => name.includes('ü'), {}, 500),
    [/^specialCharacters failed: answered 500/],
  ],
  [
    'SQL in a name',
    onLogin((name, password) => name === "john.doe' OR '1'='2" && password === login.password, yes),
    [/^sqlInName failed: the name john.doe' OR '1'='2 was accepted/],
  ],
  [
    'a syntax error in SQL',
    onLogin((name) => name.includes("'"), {}, 500),
    [/^sqlInName failed: the directory fails with the name ' OR /],
  ],
  [
    'a wildcard in a name',
    onLogin((name, password) => name === 'john.doe*' && password === login.password, yes),
    [/^ldapInName failed/],
  ],
];
