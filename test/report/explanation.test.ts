import { Chalk } from 'chalk';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import type { Explanation, IdentityRule } from '../../src/core/explained.ts';
import type { Doubt } from '../../src/core/plan.ts';
import { explanationPage } from '../../src/report/explanation.ts';
import { jsonExplanation } from '../../src/report/json.ts';

const evil = '\u001b]0;owned\u0007\u202e\u2028 a\\b\nc';
const profile = { userName: evil, fullName: evil, distinguishedName: evil, emailAddresses: [evil, 'a@x'] };
const state = { ...profile, privileges: [evil], archive: evil };
const doubt: Doubt = {
  ...{ reason: 'contradictsName', entry: 1, userName: evil, listed: profile, stored: state },
  ...{ mayMean: [evil], others: 2, archive: null, agrees: [], differs: ['fullName'], answers: [] },
  type: 'doubt',
};

const page: Explanation = {
  query: { text: evil, by: ['name', 'dn'] },
  entry: {
    number: 1,
    raw: { ...profile, [evil]: { [evil]: [evil] } },
    read: profile,
    skipped: { code: 'wrongType', member: evil, kind: evil, expected: 'string' },
    sameAs: 3,
  },
  scope: { inScope: false, rule: 'scope.exclude[1]', line: 12 },
  identity: {
    rule: 'byDn',
    userName: evil,
    mayMean: [evil],
    agrees: ['fullName'],
    differs: ['emailAddresses'],
  },
  user: {
    ...{ ...profile, authentication: 'directoryServices', privileges: [evil] },
    ...{ goneSince: new Date(0), createdAt: new Date(0) },
  },
  archives: [{ name: evil, owner: null, messages: 2, access: { [evil]: [evil] }, lastOwner: profile }],
  login: { accepted: true, reason: 'directory' },
  next: {
    blocks: [{ limit: 'deletions', changes: 2, stored: 3, exceeded: { percent: 1 } }],
    items: [
      {
        ...{ type: 'change', action: 'rename', userName: evil, before: state, identity: 'distinguishedName' },
        after: { ...state, fullName: `${evil}2` },
        archive: { outcome: 'takenOver', name: evil, messages: 1, accessEnded: [evil] },
      },
      {
        ...{ type: 'notice', reason: 'nameTaken', userName: evil, entry: 1 },
        data: { wanted: evil, by: 'user', holder: evil },
      },
      doubt,
      { type: 'skipped', number: 1, userName: evil, reason: { code: 'missing', member: evil } },
    ],
  },
  history: [{ run: 1, at: new Date(0), action: 'rename', userName: evil, newName: evil }],
};

const rules = Object.keys({
  ...{ equal: 1, byDn: 1, byName: 1, byDnAgain: 1, new: 1, nameTaken: 1, integrated: 1, skipped: 1 },
  ...{ outOfScope: 1, absent: 1, formerOwner: 1 },
  ...{ 'doubt:contradictsName': 1, 'doubt:contradictsDn': 1, 'doubt:ownerlessArchive': 1 },
} satisfies Record<IdentityRule, 1>) as IdentityRule[];

test.each(rules)('%s: nothing from outside reaches a terminal raw', (rule) => {
  const explanation = { ...page, identity: { ...page.identity, rule } };
  for (const one of [explanation, { ...explanation, entry: null }, { ...explanation, user: null }]) {
    for (const width of [null, 80]) {
      const text = stripVTControlCharacters(explanationPage(one, new Chalk({ level: 1 }), width));
      expect(text).not.toMatch(/[^\n\P{C}]|[\u2028\u202e]/u);
      expect(explanationPage(one, new Chalk({ level: 0 }), width)).toBe(text);
    }
    expect(jsonExplanation(one)).not.toMatch(/[^\n\P{C}]|[\u2028\u202e]/u);
    expect(JSON.parse(jsonExplanation(one))).toMatchObject({ query: page.query, archives: page.archives });
  }
});

test.each([80, 120])('lines are folded at %i columns, and lose nothing', (width) => {
  const whole = explanationPage(page, new Chalk({ level: 0 }), null);
  const folded = explanationPage(page, new Chalk({ level: 0 }), width);
  const wordsOf = (text: string) => text.split(/\s+/).join('');
  expect(wordsOf(folded)).toBe(wordsOf(whole));
  for (const line of folded.split('\n').slice(1))
    if (!/--\w|rollcall /.test(line)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
});
