import type { AfterSettings } from '../after/after-settings.ts';
import type { FinishedRun } from '../after/finished-run.ts';
import { follow } from '../after/follow.ts';

/** The process that does what follows a run (see after-run.ts). */
process.once('message', (message) => {
  void follow(...(message as [AfterSettings, FinishedRun, string[]])).then((followed) =>
    process.send?.(followed, () => process.disconnect()),
  );
});
