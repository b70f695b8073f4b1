import { Chalk } from 'chalk';
import type { Counts, Doubt, PlanItem, Profile, UserState } from '../../src/core/plan.ts';
import type { Summary } from '../../src/report/format.ts';
import { html } from '../../src/report/html.ts';

/** Texts that would make elements, run scripts or hide, if they were taken for anything but text. */
export const hostile = [
  '</script><img src=x onerror="window.ran = true">',
  '<script>window.ran = true</script>',
  '<svg/onload=window.ran=true>',
  '</li></ul></section><h1>x</h1>',
  '</style><style>*{display:none}</style>',
  '</title></template><iframe srcdoc="<script>parent.ran = true</script>">',
  '<!-- comment',
  ']]>--!><b>',
  '&quot;&lt;b&gt;&#60;i&#62;&nbsp;',
  `'"><a href="javascript:window.ran=true">x</a>`,
  '" onmouseover="window.ran = true" x="',
  '\u202etxt.exe',
  '\u2066isolated',
  'zero\u200bwidth',
  'nul\u0000 bell\u0007 escape\u001b[31m',
  '\u0001marked\u0002',
  'back\\slash',
  'عبد الله',
  '漢字 Zoë 👩‍👩‍👧',
];

export const user = (userName: string, over: Partial<UserState> = {}): UserState => ({
  userName,
  fullName: null,
  distinguishedName: null,
  emailAddresses: [],
  privileges: ['login'],
  archive: userName,
  ...over,
});

const change = { type: 'change', identity: 'distinguishedName', archive: null } as const;

export const created = (after: UserState): PlanItem => ({
  ...{ ...change, action: 'create', userName: after.userName, before: null, after, identity: null },
});
export const renamed = (before: UserState, after: UserState): PlanItem => ({
  ...{ ...change, action: 'rename', userName: before.userName, before, after },
});
export const updated = (before: UserState, after: UserState): PlanItem => ({
  ...{ ...change, action: 'update', userName: before.userName, before, after },
});
export const deleted = (before: UserState, messages = 0): PlanItem => ({
  ...{ ...change, action: 'delete', userName: before.userName, before, after: null, identity: null },
  archive:
    messages === 0 ? null : { outcome: 'kept', name: before.userName, messages, accessEnded: ['anna'] },
});
export const doubt = (stored: UserState, listed: Profile, over: Partial<Doubt> = {}): PlanItem => ({
  type: 'doubt',
  reason: 'contradictsName',
  entry: 7,
  userName: listed.userName,
  listed,
  stored,
  mayMean: [stored.userName],
  others: 0,
  archive: null,
  agrees: [],
  differs: ['fullName', 'distinguishedName'],
  answers: [
    { answer: 'same', effect: 'update' },
    { answer: 'new', effect: 'createAndDelete' },
  ],
  ...over,
});

/** Every sort of item, in the order of a plan; `text` stands wherever text from outside can. */
export function everySort(text = 'x'): PlanItem[] {
  const full = user(text, { fullName: text, distinguishedName: text, emailAddresses: [text, `${text}@b`] });
  return [
    created(full),
    renamed(user('old'), full),
    updated(full, user(text, { fullName: `${text}!`, emailAddresses: [`${text}@b`, text] })),
    deleted(full, 3),
    {
      ...{ type: 'notice', reason: 'nameTaken', userName: text, entry: 3 },
      data: { wanted: `${text}2`, by: 'archive', holder: text },
    },
    { type: 'notice', reason: 'integrated', userName: text, entry: 4, data: null },
    { type: 'notice', reason: 'admin', userName: text, entry: null, data: null },
    { type: 'notice', reason: 'held', userName: text, entry: null, data: null },
    {
      ...{ type: 'notice', reason: 'goneCounting', userName: text, entry: null },
      data: { since: text, ageSeconds: 1_036_800, ofSeconds: 2_592_000, listings: 9, ofListings: 3 },
    },
    { type: 'notice', reason: 'gone', userName: text, entry: null, data: null },
    { type: 'notice', reason: 'unsure', userName: text, entry: null, data: null },
    doubt(full, user(text, { fullName: text, distinguishedName: text })),
    doubt(full, full, { reason: 'contradictsDn', mayMean: [text, 'bert'], others: 2, answers: [] }),
    doubt(full, full, {
      ...{ reason: 'ownerlessArchive', stored: null, mayMean: [], agrees: ['fullName'], differs: [] },
      archive: { name: text, messages: 1_234, lastOwner: null },
      answers: [{ answer: 'same', effect: 'takeOver' }],
    }),
    { type: 'skipped', number: 12, userName: text, reason: { code: 'nul', member: text } },
    { type: 'skipped', number: 13, userName: null, reason: { code: 'missing', member: 'userName' } },
    {
      ...{ type: 'remark', reason: 'sharedAddress', count: 3 },
      examples: [{ address: text, userName: text, others: [text] }],
    },
    { type: 'remark', reason: 'oddAddress', count: 1, examples: [{ userName: text, address: text }] },
  ];
}

const none: Counts = {
  ...{ directory: 0, outOfScope: 0, skipped: 0, stored: 0, found: 0, unchanged: 0, created: 0, renamed: 0 },
  ...{ updated: 0, deleted: 0, doubts: 0, nameTaken: 0, integrated: 0, admin: 0, gone: 0, unsure: 0 },
  ...{ goneCounting: 0, held: 0, laterChange: 0 },
};

export const counted = (items: PlanItem[], unchanged = 0): Counts => {
  const n = (...sorts: string[]) =>
    items.filter((item) =>
      sorts.includes(item.type === 'change' ? item.action : item.type === 'notice' ? item.reason : item.type),
    ).length;
  const counts = {
    ...none,
    unchanged,
    ...{ created: n('create'), renamed: n('rename'), updated: n('update'), deleted: n('delete') },
    ...{ doubts: n('doubt'), skipped: n('skipped'), nameTaken: n('nameTaken'), integrated: n('integrated') },
    ...{ admin: n('admin'), gone: n('gone'), unsure: n('unsure') },
    ...{ goneCounting: n('goneCounting'), held: n('held') },
  };
  const { created, renamed, updated, doubts, skipped } = counts;
  return { ...counts, directory: created + renamed + updated + doubts + skipped + unchanged };
};

const summary: Omit<Summary, 'counts'> = {
  command: 'sync test',
  mode: 'test',
  version: '0.1.0',
  startedAt: new Date('2026-11-25T02:00:00Z'),
  directory: 'https://directory.example.com/users',
  database: 'localhost:5432/archive',
  plan: null,
  record: null,
  undoes: null,
  blocks: [],
  committed: false,
  run: null,
  outcome: 'done',
  exitCode: 0,
  durationMs: 400,
  next: 'rollcall sync now',
};

/** The page of a plan, as a run writes it. */
export async function pageOf(items: PlanItem[], over: Partial<Summary> = {}): Promise<string> {
  const format = html(new Chalk({ level: 0 }));
  const whole = { ...summary, counts: counted(items), ...over };
  const pieces = [format.header(whole)];
  for (const item of items) pieces.push(await format.item(item));
  return [...pieces, format.summary(whole)].join('');
}

const first = ['Ada', 'Alan', 'Barbara', 'Edsger', 'Grace', 'Hedy', 'Joan', 'Katherine', 'Niklaus', 'Radia'];
const last = ['Lovelace', 'Turing', 'Liskov', 'Dijkstra', 'Hopper', 'Lamarr', 'Clarke', 'Johnson', 'Wirth'];

/** An everyday plan with so many changes. */
export function everyday(changes: number): PlanItem[] {
  const person = (i: number): UserState => {
    const [a, b] = [first[i % first.length] ?? '', last[i % last.length] ?? ''];
    const name = `${a}.${b}${Math.floor(i / 90) || ''}`.toLowerCase();
    return user(name, {
      fullName: `${a} ${b}`,
      distinguishedName: `UID=${1_000 + i},OU=Staff,DC=example,DC=com`,
      emailAddresses: [`${name}@example.com`],
    });
  };
  const married = (old: UserState): UserState => {
    const userName = old.userName.replace(/\..*/, '.byron');
    return {
      ...{ ...old, userName, fullName: old.fullName?.replace(/ .*/, ' Byron') ?? null },
      emailAddresses: [`${userName}@example.com`, ...old.emailAddresses],
    };
  };
  const moved = (old: UserState): UserState => ({
    ...{ ...old, fullName: (old.fullName ?? '').replace(' ', ' W. ') },
    distinguishedName: old.distinguishedName?.replace('Staff', 'Research') ?? null,
  });
  const sorts = [
    (i: number) => created(person(i)),
    (i: number) => renamed(person(i), married(person(i))),
    (i: number) => updated(person(i), moved(person(i))),
    (i: number) => deleted(person(i), i % 3 === 0 ? 1_200 + i : 0),
  ];
  const shares = [0.4, 0.1, 0.4, 0.1];
  let i = 0;
  return sorts.flatMap((make, sort) =>
    Array.from({ length: Math.round(changes * (shares[sort] ?? 0)) }, () => make(i++)),
  );
}
