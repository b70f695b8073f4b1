import { describe, expect, test } from 'vitest';
import type { FinishedRun } from '../../src/after/finished-run.ts';
import { newsOf } from '../../src/after/news.ts';
import { events } from '../../src/after/after-settings.ts';
import { finished } from '../support/finished.ts';

const failed = finished('failed');
const blocked = finished('blocked', { limits: ['deletions'] });
const elsewise = finished('blocked', { limits: ['overlap', 'deletions'] });
const held = finished('held');
const doubt = finished('done', { doubts: 'one' });
const others = finished('done', { doubts: 'two' });
const done = finished('done');
const changed = finished('done', { created: 1 });

const usual = ['blocked', 'held', 'failed', 'doubt', 'recovered'] as const;

/** What is told of each of these nights. */
function story(runs: FinishedRun[], on: readonly (typeof events)[number][] = usual) {
  let told: string[] = [];
  return runs.map((run) => {
    const news = newsOf(run, told, on);
    told = news.state;
    return news.events.join(' ');
  });
}

describe('only a change is told', () => {
  test.each([
    [
      'a week of blocked nights, and its end',
      [blocked, blocked, blocked, done, done],
      ['blocked', '', '', 'recovered', ''],
    ],
    ['from bad to worse', [blocked, failed, blocked, done], ['blocked', 'failed', 'blocked', 'recovered']],
    ['another limit', [blocked, elsewise, elsewise], ['blocked', 'blocked', '']],
    ['other entries in doubt', [doubt, doubt, others, done], ['doubt', '', 'doubt', 'recovered']],
    ['a failure in between', [doubt, failed, doubt], ['doubt', 'failed', 'doubt']],
    ['held deletions', [held, held, done], ['held', '', 'recovered']],
    ['nothing but good nights', [done, changed, done], ['', '', '']],
  ])('%s', (_, runs, expected) => expect(story(runs)).toEqual(expected));
});

describe('what nobody wants to hear is not told, and its end neither', () => {
  test.each([
    [
      'only failures',
      [blocked, done, failed, done],
      ['failed', 'recovered'],
      ['', '', 'failed', 'recovered'],
    ],
    ['no end', [failed, failed, done, failed], ['failed'], ['failed', '', '', 'failed']],
    ['changes', [done, changed, blocked], ['changed'], ['', 'changed', '']],
    ['everything', [changed, blocked, done], events, ['success changed', 'blocked', 'recovered success']],
  ] as const)('%s', (_, runs, on, expected) => expect(story([...runs], on)).toEqual(expected));
});
