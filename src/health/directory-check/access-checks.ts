import { randomBytes } from 'node:crypto';
import type { Finding } from '../../core/finding.ts';
import type { ServerSettings } from '../../directory/application-integration/password.ts';
import { failed, ok, skipped, warning, type DirectoryCheck } from './graded.ts';
import { isListing, probe, saysYes, type Probed } from './directory-probe.ts';

/** Grades what those get who should get nothing. */
export async function* checkAccess(settings: ServerSettings, signal: AbortSignal): AsyncGenerator<Finding> {
  const list = { fields: { cmd: 'list' } };
  if (settings.authentication === null) {
    yield skipped(
      'wrongServicePassword',
      'there is no service password',
      'whoever reaches the URL gets the list: ask for a password (HTTP Basic), and set directory.authentication',
    );
    yield skipped('noServicePassword', 'there is no service password');
  } else {
    const guess = randomBytes(12).toString('hex');
    const wrong =
      'token' in settings.authentication
        ? { token: guess }
        : { userName: settings.authentication.userName, password: guess };
    yield refused('wrongServicePassword', await probe({ ...settings, authentication: wrong }, list, signal));
    yield refused('noServicePassword', await probe({ ...settings, authentication: null }, list, signal));
  }
  const { answerMember } = settings.login;
  yield nothing('noCommand', await probe(settings, { fields: {} }, signal), answerMember);
  const unknown = { fields: { cmd: 'rollcall-check' } };
  yield nothing('unknownCommand', await probe(settings, unknown, signal), answerMember);
  const got = await probe(settings, { ...list, method: 'GET' }, signal);
  yield isListing(got)
    ? warning(
        'getRequest',
        'a GET gets the list, too, so that passwords may be sent in URLs, which logs keep',
        'accept only POST: read $_POST, not $_REQUEST, and answer anything else with 405',
      )
    : ok('getRequest', 'a GET does not get the list');
}

function refused(check: DirectoryCheck, probed: Probed): Finding {
  const { status, problem } = probed;
  const hint = 'compare name and password before anything else, and answer 401 unless both are right';
  if (status === 401 || status === 403) return ok(check, `refused with ${status}`);
  if (isListing(probed)) return failed(check, 'it gets the list all the same', hint);
  if (status === 200) return failed(check, 'it is answered with 200', hint);
  return warning(check, `it is not refused with 401 or 403: ${problem}`, hint);
}

/** Neither a list nor a yes. */
function nothing(check: DirectoryCheck, probed: Probed, answerMember: string): Finding {
  const { status, problem } = probed;
  const hint = 'look at cmd first, and answer 400 unless it is exactly list or auth';
  if (isListing(probed)) return failed(check, 'it gets the list', hint);
  if (saysYes(probed, answerMember))
    return failed(check, 'it is answered as if a password were correct', hint);
  if (status === null || status >= 500) return warning(check, `the directory fails: ${problem}`, hint);
  return ok(check, status === 200 ? 'it gets neither a list nor a yes' : `refused with ${status}`);
}
