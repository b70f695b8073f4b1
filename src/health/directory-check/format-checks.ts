import type { Finding } from '../../core/finding.ts';
import { RollcallError } from '../../core/errors.ts';
import { count, cut, visible } from '../../core/printable.ts';
import type { HttpSettings } from '../../directory/http/settings.ts';
import { charsetOf, decodeListing, readListing } from '../../directory/listing/arrived.ts';
import { failed, ok, skipped, warning } from './graded.ts';
import type { Survey } from './survey.ts';
import { withoutName, type Transferred } from './transfer.ts';

/**
 * Grades how the listing arrived, and fills the survey with its entries.
 *
 * @returns whether it is a list
 */
export async function* checkList(
  listing: Transferred,
  settings: HttpSettings,
  survey: Survey,
  signal: AbortSignal,
): AsyncGenerator<Finding, boolean> {
  yield mediaType(listing);
  const charset = await gradeCharset(listing);
  yield charset;
  const { start } = listing;
  yield start.subarray(0, 3).equals(byteOrderMark)
    ? warning(
        'byteOrderMark',
        'there is one before the JSON, which other programs may stumble over',
        'save the script, and every file it includes, as UTF-8 without a byte order mark (BOM)',
      )
    : ok('byteOrderMark', 'none');
  yield framing(listing);
  yield size(listing, settings);
  yield time(listing, settings);
  if (charset.grade === 'failed') {
    yield skipped('list', 'its bytes cannot be read');
    return false;
  }
  try {
    for await (const elements of readListing(listing)) {
      signal.throwIfAborted();
      survey.take(elements);
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof RollcallError)) throw error;
    yield failed('list', withoutName(error.message, listing.name), onlyTheList);
    return false;
  }
  yield ok('list', `one JSON array, with ${count(survey.entries, 'entry', 'entries')}`);
  return true;
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

const onlyTheList =
  'send one JSON array of objects and nothing else: echo json_encode($list) or json.dumps(list) once, and no notice or page around it';

const header = "in PHP: header('Content-Type: application/json; charset=utf-8')";

function mediaType({ contentType }: Transferred): Finding {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (/^(application|text)\/([\w.-]+\+)?json$/.test(type)) return ok('mediaType', type);
  const what = type === '' ? 'none is declared' : `it is ${visible(cut(type, 60))}`;
  return warning('mediaType', `${what}, which a browser may take for a page`, `declare JSON; ${header}`);
}

async function gradeCharset(listing: Transferred): Promise<Finding> {
  const declared = charsetOf(listing.contentType);
  try {
    const texts = decodeListing(listing);
    while ((await texts.next()).done !== true);
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error;
    const hint = `send UTF-8 and declare it, ${header}, and have the connection to the database speak UTF-8 (utf8mb4 in MySQL)`;
    return failed('charset', withoutName(error.message, listing.name), hint);
  }
  if (declared === null) {
    return /^text\//i.test(listing.contentType) && !listing.isAscii
      ? warning('charset', 'none is declared for a text that needs one', `declare it; ${header}`)
      : ok('charset', 'UTF-8, as JSON is when nothing is declared');
  }
  return /^utf-?8$/i.test(declared)
    ? ok('charset', 'UTF-8, as declared')
    : warning(
        'charset',
        `${visible(cut(declared, 40))}, as declared, but not every name can be written in it`,
        `send UTF-8 and declare it; ${header}`,
      );
}

function framing({ framing, encoding }: Transferred): Finding {
  if (framing === 'length') return ok('length', 'declared with Content-Length');
  if (framing === 'chunked')
    return ok('length', 'not declared, but the answer is chunked, so that its end is known');
  if (encoding !== '') return ok('length', 'not declared, but the compression has an end');
  return warning(
    'length',
    'neither Content-Length nor chunks tell where the answer ends',
    "declare it; in PHP: header('Content-Length: ' . strlen($json)), in Python: send_header('Content-Length', len(body))",
  );
}

function size({ body }: Transferred, { maxSize }: HttpSettings): Finding {
  const bytes = count(body.size, 'byte');
  return body.size > maxSize / 2
    ? warning(
        'size',
        `${bytes}, more than half of what is accepted (${count(maxSize, 'byte')})`,
        'raise directory.maxSize, or send only the members that are read',
      )
    : ok('size', bytes);
}

function time({ took }: Transferred, { timeouts }: HttpSettings): Finding {
  const words = `the list took ${(took / 1000).toFixed(1)} s`;
  return took > timeouts.total / 2
    ? warning(
        'time',
        `${words}, more than half of directory.timeouts.total (${timeouts.total / 1000} s)`,
        'make it faster, for example with one query for all users instead of one for each, or raise the timeout',
      )
    : ok('time', words);
}
