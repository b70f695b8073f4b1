import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskCases, run } from './disk-cases.ts';
import type { Fault } from './fault.ts';
import { twoListings } from './people.ts';
import { Stand } from './stand.ts';

export const disks: Fault = {
  promise: 'Full disks, read-only, foreign and damaged folders: refused or survived, never a hang',
  figure: 'states of the folder of an embedded store',
  run: async ({ postgres, tell }) => {
    const violations: string[] = [];
    const skipped: string[] = [];
    let done = 0;
    for (const [name, attempt] of Object.entries(diskCases)) {
      tell(name);
      const stand = await Stand.open('embedded', postgres.url);
      stand.lists(twoListings(10)[0]);
      const folder = mkdtempSync(join(tmpdir(), 'rollcall-faults-disk-'));
      const mounted: string[] = [];
      const mount = async (options: string) => {
        await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).catch(() =>
          Promise.reject(new NoMount()),
        );
        mounted.push(folder);
      };
      try {
        violations.push(...(await attempt(stand, folder, mount)).map((problem) => `${name}: ${problem}`));
        done += 1;
      } catch (error) {
        if (!(error instanceof NoMount)) throw error;
        skipped.push(name);
      } finally {
        for (const place of mounted) await run('umount', ['-l', place]);
        rmSync(folder, { recursive: true, force: true });
        await stand.close();
      }
    }
    const detail =
      skipped.length > 0
        ? { detail: `**skipped**, because nothing may be mounted here: ${skipped.join(', ')}` }
        : {};
    return { done, violations, ...detail };
  },
};

class NoMount extends Error {}
