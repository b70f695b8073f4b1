import type { Finding } from '../../core/finding.ts';
import { RollcallError } from '../../core/errors.ts';
import { readEntry } from '../../core/entry.ts';
import { count, cut, visible } from '../../core/printable.ts';
import type { HttpSettings } from '../../directory/http/settings.ts';
import { readListing } from '../../directory/listing/arrived.ts';
import { failed, ok, skipped, warning } from './graded.ts';
import { digestOf, placeOf, Tally, type Survey } from './survey.ts';
import { transfer, withoutName, type Transferred } from './transfer.ts';

/**
 * Fetches the listing again, without compression, and grades whether it is the same; the order does not count.
 *
 * @param survey of the first listing; null when it could not be read
 */
export async function* compareListings(
  settings: HttpSettings,
  first: Transferred,
  survey: Survey | null,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const second = await transfer(settings, signal, 'identity');
  if (!('body' in second)) {
    const hint =
      'answer every request for the list in the same way; the log of the server may say what happened';
    yield failed('secondListing', `the list came once, but not again: ${second.problem}`, hint);
    yield skipped('compression', 'the second list did not arrive');
    return;
  }
  try {
    yield survey === null
      ? skipped('secondListing', 'there is no first list to compare it with')
      : await compare(second, survey, signal);
  } finally {
    await second.body.close();
  }
  const used =
    first.encoding === '' ? 'not used' : `${visible(cut(first.encoding, 20))}, and only when it is asked for`;
  yield second.encoding === ''
    ? ok('compression', used)
    : warning(
        'compression',
        `the list is compressed (${visible(cut(second.encoding, 20))}) although the request did not allow it`,
        'compress only what Accept-Encoding allows; leave that to the web server, not to the script',
      );
}

async function compare(second: Transferred, survey: Survey, signal: AbortSignal): Promise<Finding> {
  const { entries, again } = survey;
  const lacking = survey.digests;
  const [added, lost] = [new Tally(), new Tally()];
  let read = 0;
  try {
    for await (const elements of readListing(second)) {
      signal.throwIfAborted();
      for (const element of elements) {
        const entry = readEntry(element, (read += 1), survey.members);
        const digest = digestOf(entry);
        const more = again.get(digest) ?? 0;
        if (more > 0) again.set(digest, more - 1);
        else if (!lacking.delete(digest)) added.add(() => placeOf(entry));
      }
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof RollcallError)) throw error;
    return failed(
      'secondListing',
      withoutName(error.message, second.name),
      'answer every request with the whole list',
    );
  }
  for (const [digest, first] of lacking)
    for (let more = again.get(digest) ?? 0; more >= 0; more -= 1) lost.add(() => survey.place(first));
  if (added.count + lost.count === 0) return ok('secondListing', 'the same entries as in the first');
  const parts = [
    ...(lost.count > 0 ? [`only in the first: ${lost.text}`] : []),
    ...(added.count > 0 ? [`only in the second: ${added.text}`] : []),
  ];
  return failed(
    'secondListing',
    `the second list (${count(read, 'entry', 'entries')}) differs from the first (${entries}); ${parts.join('; ')}`,
    'check again; if nobody was changed meanwhile, look for a limit, a page or a random choice in the query, and sort each list of addresses',
  );
}
