import { keywordProblem, modernized, type Given, type Misread } from './given.ts';

const unescaped = 'is not a valid URI; a / or @ in the password must be written as %2F or %40';

/**
 * Reads a URI as libpq does. The one difference: a raw / or @ is refused where it is more likely to be a part of the
 * password, which libpq ends at the first of them.
 */
export function readUri(text: string): Given[] | Misread {
  const start = text.indexOf('://') + 3;
  const login = /^[^@/]*@/.exec(text.slice(start))?.[0] ?? '';
  const place = text.slice(start + login.length);
  // From here on, everything up to an @ may belong to the password.
  const isSafe = !place.includes('@');
  // `user:12/34@host` is a port to libpq.
  if (login === '' && /^[^/?]*:[^?]*[/?][^]*@/.test(place)) return { problem: unescaped };
  const refuse = (problem: string) => ({ problem: isSafe ? problem : unescaped });

  const given: Given[] = [];
  const malformed: string[] = [];
  const give = (keyword: string, raw: string, from: number) => {
    const value = decoded(raw);
    if (value === null)
      malformed.push(
        'has a % that is not followed by the two hex digits of a UTF-8 character; write a % as %25',
      );
    else given.push({ keyword, value, from, to: from + raw.length });
  };
  const giveUnlessEmpty = (keyword: string, raw: string, from: number) => {
    if (raw !== '') give(keyword, raw, from);
  };

  const [, user = '', password = ''] = /^([^:@]*):?([^@]*)/.exec(login) ?? [];
  giveUnlessEmpty('user', user, start);
  giveUnlessEmpty('password', password, start + user.length + 1);

  const hosts: string[] = [];
  const ports: string[] = [];
  let at = start + login.length;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    at += found?.[0].length ?? 0;
    return found?.[1] ?? found?.[0] ?? null;
  };
  do {
    const isBracketed = text[at] === '[';
    const host = take(isBracketed ? /\[([^\]]+)\](?=[:/?,]|$)/y : /[^:/?,]*/y);
    if (host === null) return refuse('needs an IPv6 address in [ and ], followed by :, / or ?');
    hosts.push(host);
    ports.push(take(/:([^/?,]*)/y) ?? '');
  } while (take(/,/y) !== null);
  const host = hosts.join();
  giveUnlessEmpty('host', host, start);
  giveUnlessEmpty('port', ports.join(), start);
  const database = take(/\/([^?]*)/y) ?? '';
  giveUnlessEmpty('dbname', database, at - database.length);
  if (/@/.test(host + ports.join()) || /[/@]/.test(database))
    return { problem: `${unescaped}, and so must those in the name of the database` };

  at += 1;
  const parameters = text.slice(at).split('&');
  if (parameters.at(-1) === '') parameters.pop();
  for (const parameter of parameters) {
    const [rawKeyword = '', rawValue, ...more] = parameter.split('=');
    if (rawValue === undefined || more.length > 0)
      return refuse(
        'needs parameters such as ?sslmode=verify-full&connect_timeout=5; write = in a value as %3D',
      );
    const keyword = decoded(rawKeyword);
    give(keyword ?? '', rawValue, at + rawKeyword.length + 1);
    at += parameter.length + 1;
  }
  if (malformed[0] !== undefined) return refuse(malformed[0]);
  const translated = given.map(fromJdbc).map(modernized);
  for (const { keyword } of translated) {
    const unknown = keywordProblem(keyword, true);
    if (unknown !== null) return refuse(unknown);
  }
  return translated;
}

/** Without its percent-encoding; null if that is malformed. */
function decoded(raw: string): string | null {
  try {
    const value = decodeURIComponent(raw);
    return value.includes('\0') ? null : value;
  } catch {
    return null;
  }
}

const fromJdbc = (given: Given): Given =>
  given.keyword === 'ssl' && given.value === 'true'
    ? { ...given, keyword: 'sslmode', value: 'require' }
    : given;
