import { describe, expect, test } from 'vitest';
import { events } from '../../src/after/after-settings.ts';
import type { FinishedRun } from '../../src/after/finished-run.ts';
import { newsOf } from '../../src/after/news.ts';
import { finished } from '../support/finished.ts';

const failed = finished('failed');
const blocked = finished('blocked', { limits: ['deletions'] });
const elsewise = finished('blocked', { limits: ['overlap', 'deletions'] });
const held = finished('held');
const doubt = (...doubts: string[]) => finished('done', { doubts });
const done = finished('done');
const changed = finished('done', { created: 1 });
const apply = { command: 'plan apply' };
const applied = finished('done', apply);
const notApplied = finished('failed', apply);

const usual = ['blocked', 'held', 'failed', 'doubt', 'recovered'] as const;

/** What is told of each of these nights; behind a slash, what is over. */
function story(runs: readonly FinishedRun[], on: readonly (typeof events)[number][] = usual) {
  let told: string[] = [];
  return runs.map((run) => {
    const news = newsOf(run, told, on);
    told = news.state;
    return [news.events.join(' '), ...(news.over.length > 0 ? [news.over.join(' ')] : [])].join('/');
  });
}

describe('only a change is told, the end of a bad one included', () => {
  test.each([
    ['nothing but good nights', [done, changed, done], ['', '', '']],
    ['a week of blocked nights', [blocked, blocked, done, done], ['blocked', '', 'recovered/blocked', '']],
    ['another limit', [blocked, elsewise, elsewise], ['blocked', 'blocked', '']],
    ['held deletions', [held, held, done], ['held', '', 'recovered/held']],
    ['one more in doubt', [doubt('a'), doubt('a', 'b'), doubt('b')], ['doubt', 'doubt', '']],
    ['doubts, and none', [doubt('a'), done], ['doubt', 'recovered/doubt']],
    [
      'one ends, one stays',
      [blocked, doubt('a'), done],
      ['blocked', 'doubt recovered/blocked', 'recovered/doubt'],
    ],
    // A run that failed or was blocked did not look at all of it.
    ['a failure in between', [doubt('a'), failed, doubt('a')], ['doubt', 'failed', 'recovered/failed']],
    [
      'worse',
      [blocked, failed, blocked, done],
      ['blocked', 'failed', 'recovered/failed', 'recovered/blocked'],
    ],
    ['blocked while held', [held, blocked, held], ['held', 'blocked', 'recovered/blocked']],
  ])('%s', (_, runs, expected) => expect(story(runs)).toEqual(expected));
});

describe('an old plan says nothing of the directory', () => {
  test.each([
    ['it does not end a failure', [failed, applied, done], ['failed', '', 'recovered/failed']],
    ['but its own', [notApplied, applied], ['failed', 'recovered/failed']],
    ['and it ends a block', [blocked, applied], ['blocked', 'recovered/blocked']],
  ])('%s', (_, runs, expected) => expect(story(runs)).toEqual(expected));
});

describe('what nobody wants to hear is not told, and does not hide the end of something else', () => {
  test.each([
    [
      'only failures',
      [blocked, done, failed, done],
      ['failed', 'recovered'],
      ['', '', 'failed', 'recovered/failed'],
    ],
    ['no end', [failed, failed, done, failed], ['failed'], ['failed', '', '/failed', 'failed']],
    [
      'a doubt between',
      [blocked, doubt('a'), done],
      ['blocked', 'recovered'],
      ['blocked', 'recovered/blocked', ''],
    ],
    ['changes', [done, changed, blocked], ['changed'], ['', 'changed', '']],
    ['all', [changed, blocked, done], events, ['success changed', 'blocked', 'recovered success/blocked']],
  ] as const)('%s', (_, runs, on, expected) => expect(story(runs, on)).toEqual(expected));
});
