import { afterAll, beforeAll, expect, test } from 'vitest';
import { PatroniTrials, type Trial } from '../faults/patroni-trials.ts';
import { Random } from '../faults/random.ts';
import { Patroni } from '../servers/patroni.ts';
import { whyNoPatroni } from '../servers/patroni-settings.ts';
import { parseLines, Workplace } from '../support/cli.ts';
import { describeWith } from './program.ts';

/** ROLLCALL_SEED repeats the moments of a run. `npm run test:faults -- --only patroni` has each trial several times. */
const seed = Number(process.env['ROLLCALL_SEED'] ?? Date.now());

const trial: Trial = { blow: 'killed', isSynchronous: true, isHeldBack: false, moment: 'at the commit' };

describeWith('patroni', whyNoPatroni(), () => {
  const workplace = new Workplace();
  let cluster: Patroni | undefined;
  let trials: PatroniTrials;

  const play = (more: Partial<Trial> = {}) => trials.play({ ...trial, ...more });

  beforeAll(async () => {
    console.info(`ROLLCALL_SEED=${seed}`);
    cluster = await Patroni.start();
    trials = await PatroniTrials.open(cluster, workplace, Random.named(seed, 'patroni'));
  });
  afterAll(async () => {
    await cluster?.stop();
    workplace.remove();
  });

  test('is told by doctor, host by host', async () => {
    const { code, stdout } = await trials.ask('doctor --format json');
    const hosts = parseLines(stdout).filter(({ check }) => check === 'databaseConnection');
    expect(hosts.map(({ message }) => /is a (\w+, [\w -]+),/.exec(String(message))?.[1]).sort()).toEqual([
      'primary, accepts writes',
      'standby, read-only',
      'standby, read-only',
    ]);
    expect(code).toBe(0);
  });

  test('loses nothing that was reported when a synchronous leader dies at the commit', async () => {
    const { outcome, problems } = await play();
    expect(problems).toEqual([]);
    expect(outcome).toMatch(/^told (committed, there|(lost|not committed), not there)$/);
  });

  test('has no leader for a while: a run ends with one line, and users can be listed', async () => {
    const { outcome, problems } = await play({ blow: 'absent' });
    expect(problems).toEqual([]);
    expect(outcome).toMatch(/^told (committed, there|not committed, not there)$/);
  });

  test('tells the truth when an asynchronous leader takes a reported run with it', async () => {
    const { outcome, problems } = await play({
      isSynchronous: false,
      isHeldBack: true,
      moment: 'after the report',
    });
    expect(problems).toEqual([]);
    expect(outcome).toBe('reported, then lost with the leader');
  });

  test('switches over in the middle of a run', async () => {
    const { problems } = await play({ isSynchronous: false, blow: 'switched over' });
    expect(problems).toEqual([]);
  });
});
