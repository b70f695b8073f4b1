import { parseArgs } from 'node:util';
import { builtIn, withNode } from './commands.ts';
import { works } from './races.ts';

const { values } = parseArgs({
  options: {
    /** Numbers of users. */
    sizes: { type: 'string' },
    /** With a million, mail, and logons through Dovecot. */
    full: { type: 'boolean', default: false },
    /** Ten million users, once. */
    huge: { type: 'boolean', default: false },
    /** Repeats even knex, one by one among 100,000 users. */
    patient: { type: 'boolean', default: false },
    /** Another Node, for the smallest size, the start and logons. */
    node: { type: 'string' },
    /** A checkout of another version, built, to be measured beside. */
    before: { type: 'string' },
    runs: { type: 'string', default: '3' },
    /** Some only, such as `--works steady --contenders rollcall,floor`. */
    works: { type: 'string' },
    contenders: { type: 'string' },
  },
});

const isIn = (list: string | undefined) => (one: { name: string }) =>
  list?.split(',').includes(one.name) ?? true;

export const sizes = (values.sizes ?? `1000,10000,100000${values.full ? ',1000000' : ''}`)
  .split(',')
  .map(Number)
  .toSorted((a, b) => a - b);
export const runs = Number(values.runs);
export const { full: isFull, huge: isHuge, patient: isPatient } = values;
export const chosenWorks = works.filter(isIn(values.works));
export const isChosen = isIn(values.contenders);

export const otherNode = values.node === undefined ? null : withNode(values.node);
export const before = values.before === undefined ? null : builtIn(values.before);
