import { describeEnd, saidOneLine } from '../support/launch.ts';
import type { Context, Result } from './fault.ts';
import { inLanes } from './lanes.ts';
import { allowed, closeLogins, configure, login, openLogins, type LoginLane } from './login-lane.ts';
import { slowAnswers } from './slow-answers.ts';

type Case = (lane: LoginLane) => Promise<string[]>;

/** A login that gets no answer. */
async function endsInTime(lane: LoginLane): Promise<string[]> {
  const end = await login(lane, 'known');
  const problems = end.code === 1 && saidOneLine(end) ? [] : [describeEnd(end)];
  if (end.took > allowed.login + allowed.around) problems.push(`it took ${end.took} ms`);
  return problems;
}

/** Whoever asks learns nothing about who has an account. */
const alike =
  (code: number, answer?: (lane: LoginLane) => void): Case =>
  async (lane) => {
    configure(lane.stand, answer === undefined ? 'http://127.0.0.1:9/' : lane.stand.directory.url);
    answer?.(lane);
    const known = await login(lane, 'known');
    const problems = known.code === code && saidOneLine(known) ? [] : [describeEnd(known)];
    for (const name of ['unknown', 'barred']) {
      const other = await login(lane, name);
      const isAlike =
        other.code === known.code && other.stdout === known.stdout && other.stderr === known.stderr;
      if (!isAlike) problems.push(`${name}: ${describeEnd(other)}, but known: ${describeEnd(known)}`);
    }
    return problems;
  };

const sends =
  (status: number, text: string) =>
  ({ stand }: LoginLane) =>
    stand.directory.answers((_, response) => response.writeHead(status).end(text));

const stopped =
  (bytes: RegExp): Case =>
  async (lane) => {
    configure(lane.stand);
    sends(200, '{"authenticated": true}')(lane);
    lane.stopAt(bytes);
    return endsInTime(lane).finally(() => lane.stopAt(null));
  };

const cases: Record<string, Case> = {
  'a directory that never accepts': (lane) => {
    configure(lane.stand, lane.deaf.url);
    return endsInTime(lane);
  },
  ...Object.fromEntries(
    Object.entries(slowAnswers).map(([what, answer]): [string, Case] => [
      `a directory that ${what}`,
      (lane) => {
        configure(lane.stand);
        lane.stand.directory.answers((_, response) => answer(response));
        return endsInTime(lane);
      },
    ]),
  ),
  'a database that is stopped before it answers': stopped(/^/),
  'a database that is stopped at the password': stopped(/^p/),
  'a database that is stopped at the question for the user': stopped(/privileges/),
  'refused, whoever asks': alike(1),
  '500, whoever asks': alike(1, sends(500, 'no')),
  'no JSON, whoever asks': alike(1, sends(200, '<html>')),
  'silence, whoever asks': alike(1, ({ stand }) => stand.directory.answers(slowAnswers['is silent'])),
  'no, whoever asks': alike(5, sends(200, '{"authenticated": false}')),
};

/** Each case so often. */
export async function logins(context: Context, times: number): Promise<Result> {
  const violations: string[] = [];
  const all = Array.from({ length: times }, () => Object.entries(cases)).flat();
  await inLanes(
    all.length,
    () => openLogins(context),
    closeLogins,
    async (lane, index) => {
      const [what, attempt] = all[index] ?? ['', () => Promise.resolve([])];
      violations.push(...(await attempt(lane)).map((problem) => `login, ${what}: ${problem}`));
    },
  );
  return { done: all.length, violations, detail: `logins: ${all.length}` };
}
