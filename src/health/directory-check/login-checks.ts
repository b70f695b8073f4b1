import { randomBytes } from 'node:crypto';
import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import {
  loginForm,
  parseObject,
  type ServerSettings,
} from '../../directory/application-integration/password.ts';
import { answerOf, probe, type Probed } from './directory-probe.ts';
import { failed, ok, skipped, skippedFrom, warning, type DirectoryCheck } from './graded.ts';

/** A user who may log on. */
export interface Login {
  userName: string;
  password: string;
}

/**
 * Grades how the directory checks passwords: only the good one is a yes. The user's own name is sent with one wrong and one empty
 * password only, because a directory may lock accounts.
 */
export async function* checkLogins(
  settings: ServerSettings,
  login: Login | null,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  if (login === null) {
    yield skipped(
      'goodPassword',
      'no name was given',
      '--login NAME tries to log on as a user whose password you know',
    );
    yield* skippedFrom('wrongPassword', 'ldapInName', 'no name was given');
    return;
  }
  const { userName, password } = login;
  const ask = async (name: string, word: string) => {
    const sent = { fields: loginForm(settings, name, word) };
    return verdictOf(await probe(settings, sent, signal, settings.login.timeout), settings);
  };
  const good = await ask(userName, password);
  yield gradeGood(good);
  if (good.word !== 'yes') {
    yield* skippedFrom('wrongPassword', 'ldapInName', 'the good password was not accepted');
    return;
  }
  const stranger = `rollcall-check-${randomBytes(4).toString('hex')}`;
  const guess = `wrong-${randomBytes(8).toString('hex')}`;
  const wrong = await ask(userName, guess);
  yield gradeNo(
    'wrongPassword',
    wrong,
    'compare the password with what is stored: password_verify, or a bind',
  );
  yield gradeNo(
    'emptyPassword',
    await ask(userName, ''),
    'refuse an empty password before anything else: many LDAP servers take such a bind for an anonymous one',
  );
  // With a password that somebody has: it must be that of the name.
  const unknown = await ask(stranger, password);
  yield gradeNo('unknownName', unknown, 'look for the name first, and answer no when nobody has it');
  yield gradeAlike(wrong, unknown, [userName, stranger]);
  yield gradeNo(
    'specialCharacters',
    await ask(`${stranger}+&%ü`, `${guess} &a=b+c%d;"'\\<ä€`),
    'decode the form with what the language has for it: $_POST, urllib.parse.parse_qs',
  );
  if (unknown.word === 'yes') {
    yield* skippedFrom('sqlInName', 'ldapInName', 'every unknown name is accepted');
    return;
  }
  yield await firstYes('sqlInName', sqlNames(userName), password, ask, sqlHint);
  yield await firstYes('ldapInName', ldapNames(userName), password, ask, ldapHint);
}

/** With the good password, each finds the user where a name is put into the text of a query. */
const sqlNames = (name: string) => ["' OR '1'='1", `${name}' OR '1'='2`];
const sqlHint = 'never put a name into the text of a query: prepare it with a placeholder, and bind the name';

/** With the good password, each finds the user where a name is put into a filter as it is. */
const ldapNames = (name: string) => ['*', '*)(uid=*', `${name}*`];
const ldapHint = 'escape a name before it is put into a filter: ldap_escape, ldap.filter.escape_filter_chars';

interface Verdict {
  /** `vague`: an object that says neither yes nor no. */
  word: 'yes' | 'no' | 'vague' | 'none';
  /** What was answered instead of yes or no; safe to show. */
  instead: string;
  probed: Probed;
}

function verdictOf(probed: Probed, { login }: ServerSettings): Verdict {
  const { status, text, problem } = probed;
  if (status !== 200) return { word: 'none', instead: problem, probed };
  if (parseObject(text) === null) return { word: 'none', instead: 'not a JSON object', probed };
  const answer = answerOf(text, login.answerMember);
  const member = `"${visible(login.answerMember)}"`;
  if (typeof answer === 'boolean') return { word: answer ? 'yes' : 'no', instead: '', probed };
  const kind = answer === undefined ? 'missing' : answer === null ? 'null' : `a ${typeof answer}`;
  return { word: 'vague', instead: `${member} is ${kind}, not true or false`, probed };
}

const form =
  'answer every login with the status 200 and one JSON object: {"authenticated": true} or {"authenticated": false}';

function gradeGood({ word, instead }: Verdict): Finding {
  if (word === 'yes') return ok('goodPassword', 'accepted');
  return word === 'no'
    ? failed(
        'goodPassword',
        'the directory says no',
        'check name and password; if they are right, see whether the script reads the parameters of directory.login',
      )
    : failed('goodPassword', instead, form);
}

function gradeNo(check: DirectoryCheck, { word, instead }: Verdict, hint: string): Finding {
  if (word === 'yes') return failed(check, 'accepted, and must be refused', hint);
  // An LDAP server may fail at a bind without a password, rather than refuse it.
  if (word === 'none') return failed(check, instead, check === 'emptyPassword' ? hint : form);
  return word === 'no' ? ok(check, 'refused') : warning(check, `refused, but ${instead}`, form);
}

/** Whether somebody who guesses can tell that a name exists. */
function gradeAlike(wrong: Verdict, unknown: Verdict, names: string[]): Finding {
  if (![wrong, unknown].every(({ word }) => word === 'no' || word === 'vague'))
    return skipped('alikeRefusals', 'there are no two refusals to compare');
  const [one, other] = [wrong, unknown].map(({ probed }) =>
    names.reduce((text, name) => text.replaceAll(name, ''), probed.text),
  );
  return one === other
    ? ok('alikeRefusals', 'a wrong password and an unknown name get the same answer')
    : warning(
        'alikeRefusals',
        'a wrong password and an unknown name get different answers, so that names can be guessed',
        'answer {"authenticated": false} for both, and check a dummy hash when there is no user',
      );
}

async function firstYes(
  check: DirectoryCheck,
  names: string[],
  password: string,
  ask: (name: string, password: string) => Promise<Verdict>,
  hint: string,
): Promise<Finding> {
  for (const name of names) {
    const { word, instead } = await ask(name, password);
    if (word === 'yes')
      return failed(check, `the name ${visible(name)} was accepted with the password of the user`, hint);
    if (word === 'none')
      return failed(check, `the directory fails with the name ${visible(name)}: ${instead}`, hint);
  }
  return ok(check, 'refused');
}
