import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keywords } from '../../src/connection/keywords.ts';
import { readNotation } from '../../src/connection/notation.ts';
import { absent, describeWith } from './program.ts';

const python = '/usr/bin/python3';
const psycopg = '/usr/lib/python3/dist-packages/psycopg2/__init__.py';

/** Reads a list of texts as JSON, and writes what libpq takes each for; null where it refuses. */
const oracle = `
import json, sys
from psycopg2.extensions import parse_dsn
def read(text):
    try: return parse_dsn(text)
    except Exception: return None
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)`;

type Values = Record<string, string> | null;

function libpq(texts: string[]): Values[] {
  const { stdout, stderr } = spawnSync(python, ['-c', oracle], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Values[];
}

function ours(text: string): Values {
  const given = readNotation(text);
  return 'problem' in given ? null : Object.fromEntries(given.map(({ keyword, value }) => [keyword, value]));
}

/** Refused by us alone: what is probably a piece of a password, what is no pair at all, and what is not UTF-8. */
function isRefusedByDesign(text: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(text)) return /^\s*$/.test(text) || /=\s*[a-z_]+=/.test(text);
  if (!isUtf8(text)) return true;
  const place = text.slice(text.indexOf('://') + 3).replace(/^[^@/]*@/, '');
  const [hosts = '', ...database] = place.replace(/\?.*$/s, '').split('/');
  if (hosts.includes(':') && text.includes('@') && place === text.slice(text.indexOf('://') + 3)) return true;
  return hosts.includes('@') || /[@/]/.test(database.join('/'));
}

function isUtf8(text: string): boolean {
  try {
    return (text.match(/(%[0-9a-f]{2})+/gi) ?? []).every((bytes) => decodeURIComponent(bytes) !== '');
  } catch {
    return false;
  }
}

/** Keywords that libpq 15, which Debian 12 has, does not know yet. */
const newer =
  /^(sslnegotiation|sslcertmode|servicefile|gssdelegation|load_balance_hosts|(min|max)_protocol_version|require_auth|sslkeylogfile|scram_.*|oauth_.*)$/;
const known = Object.keys(keywords).filter((keyword) => !newer.test(keyword));

const one = fc.constantFrom;
const piece = one(
  'a',
  'db1',
  '%2F',
  '%40',
  '%',
  '%zz',
  '%00',
  '%C3%A9',
  '%E4',
  'é',
  ' ',
  '"',
  "'",
  '\\',
  '#',
  '&',
  '+',
);
const mark = one(':', '/', '@', '?', '=', '&', ',', '[', ']', '::1', '[::1]', '%2Ftmp');
const word = fc.array(fc.oneof(piece, piece, mark), { maxLength: 4 }).map((parts) => parts.join(''));
const calm = fc.array(piece, { maxLength: 3 }).map((parts) => parts.join(''));
const keyword = fc.oneof({ weight: 9, arbitrary: one(...known, 'ssl', 'requiressl') }, calm);
const value = fc.oneof(calm, calm, one('true', '1', '', '5432,', 'a,b'), word);
const parameters = fc
  .array(fc.tuple(keyword, one('=', '=', '=', '=', '=', ''), value), { maxLength: 3 })
  .map((all) => all.map((parts) => parts.join('')).join('&'));
const host = fc
  .tuple(fc.oneof(calm, one('[::1]', 'h', '')), one('', ':5432', ':', ':x'))
  .map((parts) => parts.join(''));
const uri = fc
  .tuple(
    one('postgres://', 'postgresql://'),
    fc.oneof(
      fc.constant(''),
      fc.tuple(calm, one('', ':'), fc.oneof(calm, word)).map((parts) => `${parts.join('')}@`),
    ),
    fc.array(host, { maxLength: 3 }).map((hosts) => hosts.join(',')),
    fc.oneof(
      fc.constant(''),
      calm.map((name) => `/${name}`),
      word,
    ),
    fc.oneof(
      fc.constant(''),
      parameters.map((all) => `?${all}`),
    ),
  )
  .map((parts) => parts.join(''));
const soup = fc
  .tuple(one('postgres://', 'postgresql://', ''), fc.array(fc.oneof(word, one(...known)), { maxLength: 8 }))
  .map(([start, words]) => start + words.join(''));
const blank = one('', ' ', ' ', '\t', '\n', '\v', '\f', '\r', '  ');
const pairValue = fc.oneof(
  calm,
  word,
  calm.map((text) => `'${text.replace(/['\\]/g, '\\$&')}'`),
  calm.map((text) => `'${text}'`),
  one("'", '\\', "'a\\'", 'a\\ b', "'a'b", "a'b'"),
);
const pairs = fc
  .array(
    fc
      .tuple(keyword, blank, one('=', '=', '=', '=', '=', '=', ''), blank, pairValue, blank)
      .map((parts) => parts.join('')),
    { maxLength: 4 },
  )
  .map((all) => all.join(' '));

const byHand = [
  'postgres://',
  'postgresql:///mydb?host=localhost&port=5433',
  'postgresql://user:secret@localhost',
  'postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp',
  'postgresql://host1:123,host2:456/somedb?target_session_attrs=any&application_name=myapp',
  'postgresql://user@localhost:5433/mydb?options=-c%20synchronous_commit%3Doff',
  'postgresql://[2001:db8::1234]/database',
  'postgresql://%2Fvar%2Flib%2Fpostgresql/dbname',
  'postgresql:///dbname?host=/var/lib/postgresql',
  'postgres://u:a#b?c@h/d',
  'postgres://h?sslmode=require',
  'postgres://h/d?ssl=true&ssl=false',
  'postgres://h/d?a=b=c',
  'postgres://[]/d',
  'postgres://[::1/d',
  'postgres://[::1]x/d',
  'postgres://,,/d',
  'postgres://h:,:1/d',
  'postgres://:p@h',
  'postgres://@h',
  'postgres://h/?user=',
  'postgres://h/d?&user=a',
  'postgres://h/d?user=a&&port=1',
  'POSTGRES://h/d=',
  "host = 'a b' password='it\\'s' dbname=x\\ y",
  'host=a host=b',
  'host=',
  'host= port=1',
  "password='a'port=1",
];

describeWith('libpq', absent(python, psycopg), () => {
  test('URIs and pairs are read as libpq reads them', () => {
    const any = fc.oneof({ weight: 4, arbitrary: uri }, { weight: 4, arbitrary: pairs }, soup);
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const texts = [...byHand, ...fc.sample(any, { numRuns: 60_000, seed })].filter(
      (text) => !text.includes('\0'),
    );
    const expected = libpq(texts);
    const counts = { same: 0, refused: 0, byDesign: 0 };
    for (const [i, text] of texts.entries()) {
      const values = expected[i] ?? null;
      const found = ours(text);
      if (found === null && isRefusedByDesign(text)) counts.byDesign += 1;
      else {
        expect(found, `${JSON.stringify(text)}, seed ${seed}`).toEqual(values);
        counts[values === null ? 'refused' : 'same'] += 1;
      }
    }
    console.info(JSON.stringify(counts));
    expect(counts.same).toBeGreaterThan(10_000);
    expect(counts.refused).toBeGreaterThan(10_000);
  });
});
