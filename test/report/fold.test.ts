import { Chalk } from 'chalk';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import type { Change, Remark } from '../../src/core/plan.ts';
import { folded } from '../../src/report/fold.ts';
import { text } from '../../src/report/text.ts';

const state = (emailAddresses: string[]) => ({
  ...{ userName: 'anna', fullName: 'Anna With Several Names', distinguishedName: null, emailAddresses },
  ...{ privileges: ['login'], archive: 'anna' },
});
const change: Change = {
  ...{ type: 'change', action: 'update', userName: 'anna', identity: 'name', archive: null },
  before: state(['anna@example.com', 'anna.one@example.com']),
  after: state(['anna@example.com', 'anna.two@example.com', 'anna.three@example.com']),
};
const remark: Remark = {
  ...{ type: 'remark', reason: 'oddAddress', count: 3 },
  examples: ['SMTP:anna@example.com', 'X400:c=de;a=x;p=y', 'anna'].map((address) => ({
    userName: 'anna',
    address,
  })),
};

test.each([40, 60, 80, 120])(
  'lines are folded between words at %i columns, and lose nothing',
  async (width) => {
    const plain = text(new Chalk({ level: 1 }));
    for (const item of [change, remark]) {
      const long = await plain.item(item);
      const lines = (await folded(plain, width).item(item)).split('\n');
      for (const line of lines) {
        // A word that is longer than the line stays whole.
        if (/\S \S/.test(line.trim())) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      }
      const wordsOf = (whole: string) => stripVTControlCharacters(whole).split(/\s+/);
      expect(wordsOf(lines.join('\n'))).toEqual(wordsOf(long));
    }
    expect(await folded(plain, 1_000).item(change)).toBe(await plain.item(change));
  },
);
