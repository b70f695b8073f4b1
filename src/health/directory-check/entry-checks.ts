import type { Finding } from '../../core/finding.ts';
import type { OptionalMember } from '../../core/members.ts';
import { count, cut, visible } from '../../core/printable.ts';
import { failed, ok, skippedFrom, warning, type DirectoryCheck } from './graded.ts';
import type { Survey, Tally } from './survey.ts';

/** Grades the entries of a listing. */
export function* gradeEntries(survey: Survey): Generator<Finding> {
  if (survey.entries === 0) {
    yield warning(
      'readableEntries',
      'the list is empty',
      'see whether the query finds anybody: an empty list looks as if everybody had left',
    );
    yield* skippedFrom('repeatedEntries', 'sharedAddresses', 'the list is empty');
    return;
  }
  const { unreadable, repeated, ambiguous } = survey;
  yield none('readableEntries', unreadable, `all ${entries(survey.entries)} can be read`, () =>
    failed(
      'readableEntries',
      `${entries(unreadable.count)} cannot be read: ${unreadable.text}`,
      'give each entry a userName (a string), and the other members the types of docs/protocol.md',
    ),
  );
  yield none('repeatedEntries', repeated, 'none', () =>
    warning(
      'repeatedEntries',
      `${entries(repeated.count)} listed more than once: ${repeated.text}`,
      'list each person once; a join may repeat rows (select distinct, or group by)',
    ),
  );
  yield none('ambiguousNames', ambiguous, 'every name means one entry', () =>
    failed(
      'ambiguousNames',
      `entries that differ have the same name, case and accents' spelling aside: ${ambiguous.text}`,
      'list each person once, with all of their addresses in one emailAddresses; until then, they are left alone',
    ),
  );
  if (survey.read === 0) {
    yield* skippedFrom('distinguishedNames', 'sharedAddresses', 'no entry can be read');
    return;
  }
  yield* gradeDns(survey);
  yield given('fullNames', survey, 'fullName', 'send it, because it helps to tell people apart', true);
  yield given(
    'addresses',
    survey,
    'emailAddresses',
    'mail is assigned by address: send all of them, the primary one first',
  );
  const { odd } = survey.census;
  yield odd.count === 0
    ? ok('plainAddresses', 'all are plain')
    : warning(
        'plainAddresses',
        `${count(odd.count, 'address', 'addresses')} with more than an address: ${odd.examples.map(({ userName, address }) => `"${visible(cut(address, 60))}" of ${visible(cut(userName, 40))}`).join(', ')}`,
        'send john.doe@example.com: no SMTP: before it, no display name, no list in one string',
      );
  const { sharedAddresses } = survey;
  yield none('sharedAddresses', sharedAddresses, 'every address belongs to one person', () =>
    warning(
      'sharedAddresses',
      `${count(sharedAddresses.count, 'person shares', 'people share')} an address with another: ${sharedAddresses.text}`,
      'all of them get its mail; if that is not meant, list the address only once',
    ),
  );
}

function* gradeDns(survey: Survey): Generator<Finding> {
  const hint = 'send one that stays when somebody is renamed, such as UID=4711,OU=Staff,DC=example,DC=com';
  yield given('distinguishedNames', survey, 'distinguishedName', hint);
  const { unparsableDns, sharedDns, repeatingDns } = survey;
  if (survey.without.distinguishedName.count === survey.read) {
    yield* skippedFrom('parsableDNs', 'lastingDNs', 'no entry has a distinguishedName');
    return;
  }
  yield none('parsableDNs', unparsableDns, 'all are distinguished names', () =>
    warning(
      'parsableDNs',
      `${count(unparsableDns.count, 'is', 'are')} not of the form UID=…,DC=…: ${unparsableDns.text}`,
      'write TYPE=VALUE,TYPE=VALUE as LDAP does, with \\ before a comma, plus or quote in a value',
    ),
  );
  yield none('uniqueDNs', sharedDns, 'nobody shares one', () =>
    failed(
      'uniqueDNs',
      `entries with different names have the same one: ${sharedDns.text}`,
      'put the key of the person into it, not that of a department or a template',
    ),
  );
  yield none('lastingDNs', repeatingDns, 'none only repeats the user name', () =>
    warning(
      'lastingDNs',
      `${count(repeatingDns.count, 'only repeats', 'only repeat')} the user name, so that nobody who is renamed can be recognized: ${repeatingDns.text}`,
      'put a number that never changes into it, such as UID=4711,OU=Staff,DC=example,DC=com',
    ),
  );
}

const entries = (n: number) => count(n, 'entry', 'entries');

const none = (check: DirectoryCheck, { count }: Tally, fine: string, otherwise: () => Finding): Finding =>
  count === 0 ? ok(check, fine) : otherwise();

/**
 * A member that people should have. One that nobody has is a mistake if another looks like it, or if the configuration says
 * what it is called.
 */
function given(
  check: DirectoryCheck,
  { census, members, read, without }: Survey,
  member: OptionalMember,
  hint: string,
  mayLack = false,
): Finding {
  const lacking = without[member];
  const called = visible(members.names[member]);
  const missing = census.missing.find((one) => one.member === member);
  if (missing !== undefined) {
    const seen = missing.seen.map((name) => `"${visible(name)}"`).join(', ');
    return failed(
      check,
      `no entry has ${called}${seen === '' ? '' : `, but there is ${seen}`}`,
      `call it ${member}, where case matters, or set directory.members.${member}`,
    );
  }
  if (lacking.count === read) return warning(check, `no entry has ${called}`, hint);
  if (lacking.count === 0 || mayLack)
    return ok(check, `${read - lacking.count} of ${entries(read)} have ${called}`);
  return warning(check, `${entries(lacking.count)} without ${called}: ${lacking.text}`, hint);
}
