import { isSkipped, readEntry } from '../core/entry.ts';
import { RollcallError } from '../core/errors.ts';
import { isPlainAddress } from '../core/names.ts';
import { visible } from '../core/printable.ts';
import { privilegeProblem } from '../core/privileges.ts';
import { skipText } from '../core/skip-reason.ts';

/** Values typed by hand must meet the same rules as those from the directory. */
export function readByHand(
  userName: string,
  { address, fullName }: { address?: string[]; fullName?: string },
) {
  const entry = readEntry({ userName, fullName, emailAddresses: address }, 1);
  if (isSkipped(entry)) throw new RollcallError('usage', `invalid value: ${visible(skipText(entry.reason))}`);
  // A directory may have addresses of all kinds; of what is typed, everything else is a mistake, such as a@x,b@x.
  const odd = entry.emailAddresses.find((value) => !isPlainAddress(value));
  if (odd !== undefined) {
    throw new RollcallError(
      'usage',
      `${visible(odd)} is not an address; separate several with spaces: --address a@example.com b@example.com`,
    );
  }
  return {
    name: entry.userName,
    ...(address && { emailAddresses: entry.emailAddresses }),
    ...(fullName !== undefined && { fullName: entry.fullName }),
  };
}

/** @throws RollcallError (64) when a privilege is unknown or the combination is not allowed */
export function expectPrivileges(privileges: string[], known: readonly string[]): void {
  const problem = privilegeProblem(privileges, known);
  if (problem !== null) throw new RollcallError('usage', `privileges: ${visible(problem)}`);
}
