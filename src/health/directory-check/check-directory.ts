import type { Finding } from '../../core/finding.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { Members } from '../../core/members.ts';
import type { ServerSettings } from '../../directory/application-integration/password.ts';
import { checkAccess } from './access-checks.ts';
import { compareListings } from './agreement.ts';
import { gradeEntries } from './entry-checks.ts';
import { checkList } from './format-checks.ts';
import { ok, skippedFrom, warning } from './graded.ts';
import { checkLogins, type Login } from './login-checks.ts';
import { Survey } from './survey.ts';
import { answerProblem, transfer } from './transfer.ts';

/**
 * Grades a directory by docs/protocol.md: each check has one finding, in the order of `directoryChecks`. The requests are few,
 * one after another, and none is repeated. A failure of the directory is a finding; later checks that need what failed
 * are skipped.
 *
 * @param members what the directory calls the members of an entry
 * @param login a user with their password; null to check no logins
 * @throws what the signal gives as its reason, and RollcallError when the listing cannot be stored
 */
export async function* checkDirectory(
  settings: ServerSettings,
  members: Members,
  login: Login | null,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  yield encryption(settings);
  const first = await transfer(settings, signal);
  if (!('body' in first)) {
    yield answerProblem(first, settings);
    yield* skippedFrom('mediaType', 'ldapInName', 'the directory did not answer with a list');
    return;
  }
  const survey = new Survey(members);
  try {
    yield ok('answer', '200, to cmd=list');
    const isList = yield* checkList(first, settings, survey, signal);
    if (isList) yield* gradeEntries(survey);
    else yield* skippedFrom('readableEntries', 'sharedAddresses', 'there is no list to look at');
    yield* compareListings(settings, first, isList ? survey : null, signal);
  } finally {
    await first.body.close();
  }
  yield* checkAccess(settings, signal);
  yield* checkLogins(settings, login, signal);
}

function encryption({ url, tls }: ServerSettings): Finding {
  const { protocol, hostname } = new URL(url);
  if (isLoopback(hostname)) return ok('encryption', 'not needed: the directory is on this machine');
  if (protocol === 'http:') {
    return warning(
      'encryption',
      'names and passwords are sent unencrypted',
      'serve it with HTTPS, for example behind nginx or Apache, and let directory.url start with https://',
    );
  }
  return tls.ignoreWarnings
    ? warning(
        'encryption',
        'the certificate is not checked, so that any server can pose as the directory',
        'trust its authority with directory.tls.caFile, and remove directory.tls.ignoreWarnings',
      )
    : ok('encryption', 'HTTPS, and the certificate is checked');
}
