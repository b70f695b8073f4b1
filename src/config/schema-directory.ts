import { z } from 'zod';
import { allMembers } from '../core/members.ts';
import { reasonAgainstHeader } from './header-names.ts';
import { headers } from './schema-headers.ts';
import { directoryUrl, duration, isGiven, isSection, proxyUrl, size, text, token } from './values.ts';

/** The section of the directory, as it is written. */

type Found = z.core.$RefinementCtx;

const report = (found: Found, path: string[], message: string) =>
  found.addIssue({ code: 'custom', message, path });

const authentication = z
  .strictObject({
    userName: text.optional(),
    password: text.optional(),
    passwordFile: text
      .optional()
      .describe('a file that contains the password; one trailing newline is removed'),
    token: token.optional().describe('is sent as Authorization: Bearer'),
    tokenFile: text.optional().describe('a file that contains the token; one trailing newline is removed'),
  })
  .superRefine(
    ({ userName, password, passwordFile, token, tokenFile }, found) => {
      const passwords = [password, passwordFile].filter(isGiven).length;
      const tokens = [token, tokenFile].filter(isGiven).length;
      if (tokens > 0 && (passwords > 0 || isGiven(userName)))
        report(found, [], 'needs a userName with a password, or a token, but not both');
      else if (tokens > 1) report(found, [], 'needs exactly one of token and tokenFile');
      else if (tokens === 0 && passwords === 0 && !isGiven(userName))
        report(found, [], 'needs userName with password or passwordFile, or else token or tokenFile');
      else if (tokens === 0) {
        if (!isGiven(userName)) report(found, ['userName'], 'is missing');
        if (passwords !== 1) report(found, [], 'needs exactly one of password and passwordFile');
      }
    },
    { when: isSection },
  );

const members = z
  .strictObject({
    userName: text.optional(),
    fullName: text.optional(),
    distinguishedName: text.optional(),
    emailAddresses: text.optional().describe('a string in it is a list of one address'),
  })
  .superRefine(
    (given, found) => {
      for (const member of allMembers) {
        const name = given[member];
        const other = allMembers.find((each) => each !== member && (given[each] ?? each) === name);
        // Of two that are given, the second.
        if (other === undefined) continue;
        if (isGiven(given[other]) && allMembers.indexOf(member) < allMembers.indexOf(other)) continue;
        report(found, [member], `${other} has the same name; each member needs its own`);
      }
    },
    { when: isSection },
  );

const login = z
  .strictObject({
    command: text.default('auth').describe('the value of cmd'),
    userNameParameter: text.default('userName'),
    passwordParameter: text.default('password'),
    answerMember: text
      .default('authenticated')
      .describe('the member of the answer that is true for a correct password'),
  })
  .superRefine(({ userNameParameter, passwordParameter }, found) => {
    if (userNameParameter === 'cmd') report(found, ['userNameParameter'], 'cmd is the name of the command');
    if (passwordParameter === 'cmd') report(found, ['passwordParameter'], 'cmd is the name of the command');
    if (passwordParameter === userNameParameter)
      report(found, ['passwordParameter'], 'must differ from userNameParameter');
  });

const tls = z
  .strictObject({
    caFile: text.optional().describe('certificates (PEM) to trust instead of the built-in ones'),
    ignoreWarnings: z.boolean().default(false).describe('accept any certificate, for this connection only'),
    certFile: text.optional().describe('a client certificate (PEM), for a server that requires one'),
    keyFile: text.optional().describe('its private key (PEM), without a passphrase'),
  })
  .refine((value) => value.caFile === undefined || !value.ignoreWarnings, {
    error: 'cannot be combined with caFile; remove one of them',
    path: ['ignoreWarnings'],
    when: isSection,
  })
  .superRefine(
    ({ certFile, keyFile }, found) => {
      if (isGiven(certFile) && !isGiven(keyFile)) report(found, ['certFile'], 'needs keyFile, too');
      if (isGiven(keyFile) && !isGiven(certFile)) report(found, ['keyFile'], 'needs certFile, too');
    },
    { when: isSection },
  );

const timeouts = z.strictObject({
  connect: duration.default('10s'),
  idle: duration.default('2m').describe('the longest time without receiving a byte'),
  total: duration.default('15m').describe('for a whole listing'),
  login: duration.default('10s').describe('for a whole login, with the user database'),
});

/** PHP reads `cmd[]` as cmd, and some servers ignore case. */
const plain = (parameter: string) => parameter.toLowerCase().replace(/\[.*/s, '');

export const directorySection = z
  .strictObject({
    url: directoryUrl.optional().describe('the Application Integration server'),
    urlFile: text.optional().describe('a file that contains the URL'),
    file: text
      .optional()
      .describe('a listing in a file (JSON, also with gzip) instead of a server; no login'),
    authentication: authentication
      .optional()
      .describe('a service account: HTTP Basic with userName and password, or a token'),
    headers: headers(reasonAgainstHeader).optional().describe('more header fields of every request'),
    parameters: z.record(z.string(), z.string()).optional().describe('more form fields of every request'),
    members: members.optional().describe('what the directory calls the members of an entry'),
    login: login.prefault({}).describe('how to ask the server whether a password is correct'),
    tls: tls.prefault({}),
    timeouts: timeouts.prefault({}),
    retries: z
      .int()
      .min(0, 'must be from 0 to 20')
      .max(20, 'must be from 0 to 20')
      .default(3)
      .describe('after a failure that may be temporary: refused, reset, 429, 502, 503, 504'),
    maxSize: size.default('1 GB').describe('of the answer, after decompression'),
    proxy: proxyUrl.optional().describe('an HTTP proxy; the environment variables for proxies are ignored'),
  })
  .refine((value) => [value.url, value.urlFile, value.file].filter(isGiven).length === 1, {
    error: 'needs exactly one of url, urlFile and file',
    when: isSection,
  })
  .superRefine(
    ({ parameters, login }: { parameters?: unknown; login?: unknown }, found) => {
      const { userNameParameter, passwordParameter } = Object(login) as Record<string, unknown>;
      const taken = ['cmd', String(userNameParameter), String(passwordParameter)];
      for (const name of Object.keys(Object(parameters) as object)) {
        const same = taken.find((each) => plain(each) === plain(name));
        if (name === '') report(found, ['parameters', name], 'must have a name');
        else if (same !== undefined)
          report(
            found,
            ['parameters', name],
            `rollcall sends ${same} itself, in every request or at a login`,
          );
      }
    },
    { when: isSection },
  )
  .describe('where the users come from; rollcall only reads it');
