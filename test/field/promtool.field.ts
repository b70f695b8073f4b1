import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeMetrics } from '../../src/after/metrics-file.ts';
import { finished } from '../support/finished.ts';
import { absent, describeWith } from './program.ts';

const promtool = '/usr/bin/promtool';

const certificate = { certificateExpiresAt: new Date('2027-01-01T00:00:00Z') };
const runs = {
  'that was committed': { ...finished('done', { created: 3 }), ...certificate },
  'that was blocked': finished('blocked', { limits: ['deletions'] }),
  'that failed': finished('failed'),
};

describeWith('promtool', absent(promtool), () => {
  test.each(Object.entries(runs))('has nothing to say against the metrics of a run %s', async (_, run) => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-metrics-'));
    try {
      const file = join(folder, 'rollcall.prom');
      await writeMetrics(file, runs['that was committed']);
      await writeMetrics(file, run);
      const input = readFileSync(file, 'utf8');
      expect(input).toContain('rollcall_last_success_timestamp_seconds 1795662000\n');
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
        input,
        encoding: 'utf8',
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
