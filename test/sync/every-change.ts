import type { State } from '../support/state.ts';

export const person = (n: number) => ({
  distinguishedName: `UID=${n}`,
  fullName: `Person ${n}`,
  emailAddresses: [`p${n}@x`],
});

/** With `listing`, a run makes every kind of change to it, and has all that a change needs. */
export const before = {
  users: {
    updated: person(2),
    renamed: person(3),
    kept: person(4),
    deleted: person(5),
    reader: person(6),
    back: { ...person(7), gone: true },
    admin: { ...person(8), privileges: ['admin'] },
    byhand: { authentication: 'integrated' },
  },
  archives: {
    kept: { owner: 'kept', messages: 2 },
    deleted: { owner: 'deleted', access: { deleted: ['read'], reader: ['read'] } },
    renamed: { owner: 'renamed', messages: 1, access: { renamed: ['read'], reader: ['read'] } },
    newname: { owner: null, messages: 1 },
    taken: {
      owner: null,
      messages: 1,
      access: { reader: ['read'] },
      lastOwner: { userName: 'taken', ...person(9) },
    },
  },
} satisfies State;

export const listing = [
  { userName: 'updated', ...person(2), fullName: 'Person Two' },
  { userName: 'newname', ...person(3) },
  { userName: 'reader', ...person(6) },
  { userName: 'back', ...person(7) },
  { userName: 'taken', ...person(9) },
  { userName: 'fresh', ...person(10) },
];
