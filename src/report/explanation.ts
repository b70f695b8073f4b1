import type { ChalkInstance } from 'chalk';
import wrapAnsi from 'wrap-ansi';
import type { Explanation, ExplainedArchive } from '../core/explained.ts';
import { memberCalled, protocolMembers, type Member, type Members } from '../core/members.ts';
import type { PlanItem } from '../core/plan.ts';
import { count, cut, safeJson, visible } from '../core/printable.ts';
import { skipText } from '../core/skip-reason.ts';
import { identityText } from './identity-words.ts';
import { answerLines, evidenceLines, memberNames } from './questions.ts';
import { momentText } from './moment.ts';
import { blockText, changeNotes, describe, differences, valueText } from './words.ts';
import { noticeText } from './notices.ts';

const shown = (text: string) => visible(cut(text, 200));

const labelWidth = 16;
/** Where a line that is too long goes on. */
const indent = ' '.repeat(2 + labelWidth);

/**
 * All about one person, on one page.
 *
 * @param width lines are folded to it; null to leave them long
 * @param members what the directory calls the members of an entry
 */
export function explanationPage(
  explanation: Explanation,
  paint: ChalkInstance,
  width: number | null,
  members: Members = protocolMembers,
): string {
  const sections: [string, string[]][] = [
    ['found by', [explanation.query.by.map((kind) => kinds[kind]).join(', ')]],
    ['entry', entryLines(explanation, members)],
    ['read as', readLines(explanation, members)],
    ['scope', explanation.scope === null ? [] : [scopeText(explanation.scope)]],
    ['who is who', identityLines(explanation)],
    ['stored user', userLines(explanation)],
    ['archives', explanation.archives.flatMap(archiveLines)],
    ['login', [loginText(explanation)]],
    ['next run', nextLines(explanation)],
    ['history', historyLines(explanation)],
  ];
  const lines = sections.flatMap(([label, texts]) =>
    texts.map((text, i) => {
      const head = (i === 0 ? label : '').padEnd(labelWidth);
      const [first = '', ...more] = fold(text, width);
      return [`  ${paint.dim(head)}${first}`, ...more.map((line) => indent + line)].join('\n');
    }),
  );
  return `${[paint.bold(titleOf(explanation)), ...lines].join('\n')}\n`;
}

/** A command stays whole: it would be pasted as two. */
function fold(text: string, width: number | null): string[] {
  if (width === null || width < 2 * indent.length || /\brollcall |--\w/.test(text)) return [text];
  const lead = /^ */.exec(text)?.[0] ?? '';
  const room = width - indent.length - lead.length;
  const [first = '', ...more] = wrapAnsi(text.trimStart(), room).split('\n');
  const rest = more.length === 0 ? [] : wrapAnsi(more.join(' '), room - 2).split('\n');
  return [lead + first, ...rest.map((line) => `${lead}  ${line}`)];
}

const kinds = { name: 'name', address: 'address', dn: 'distinguished name' };

function titleOf({ entry, user, archives }: Explanation): string {
  const name =
    entry?.read.userName ?? user?.userName ?? archives[0]?.lastOwner?.userName ?? archives[0]?.name;
  const sides = [
    ...(entry === null ? [] : [`entry ${entry.number} of the directory`]),
    ...(user === null ? [] : [`stored user ${shown(user.userName)}`]),
    ...(entry === null && user === null ? ['archive only'] : []),
  ];
  return `${name === undefined ? '' : `${shown(name)}: `}${sides.join(', ')}`;
}

function entryLines({ entry }: Explanation, members: Members): string[] {
  if (entry === null) return ['none'];
  const { raw } = entry;
  const value = (of: unknown) => visibleJson(of);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return [value(raw)];
  const lines = Object.entries(raw).map(
    ([name, member]) => `${shown(name)}: ${value(member)}${useOf(name, memberCalled(members, name))}`,
  );
  return lines.length > 0 ? lines : ['{}'];
}

function useOf(name: string, member: Member | null): string {
  if (member === null) return '  (not used)';
  return member === name ? '' : `  (is ${member})`;
}

const visibleJson = (value: unknown) => cut(safeJson(value), 400);

/** Only what differs from what is listed. */
function readLines({ entry }: Explanation, { names }: Members): string[] {
  if (entry === null) return [];
  const raw = (entry.raw ?? {}) as Record<string, unknown>;
  const members = Object.entries(entry.read)
    .filter(([name, read]) => !isSame(raw[names[name as Member]], read))
    .map(([name, read]) => `${name}: ${valueText(read, shown)}`);
  const same = entry.sameAs === null ? [] : [`equal to entry ${entry.sameAs}, which stands for it`];
  return [...same, ...(members.length > 0 ? members : ['listed'])];
}

const isSame = (raw: unknown, read: unknown) =>
  JSON.stringify(orNothing(raw)) === JSON.stringify(orNothing(read));

const orNothing = (value: unknown) => (Array.isArray(value) && value.length === 0 ? null : (value ?? null));

function scopeText({ inScope, rule, line }: NonNullable<Explanation['scope']>): string {
  const where = rule === null ? '' : `${rule}${line === null ? '' : ` (line ${line} of the configuration)`}`;
  if (inScope === null) return `unclear: ${where} needs a member that is missing or unreadable`;
  if (rule === null)
    return inScope ? 'in scope: no rule excludes it' : 'out of scope: no include rule matches';
  return `${inScope ? 'in' : 'out of'} scope, by ${where}`;
}

function identityLines(explanation: Explanation): string[] {
  const { identity, next } = explanation;
  const doubt = next.items.find((item) => item.type === 'doubt');
  const membersOf = (word: 'agrees' | 'differs') =>
    identity[word].length === 0
      ? []
      : [`${word.padEnd(7)}  ${identity[word].map((member) => memberNames[member]).join(', ')}`];
  return [
    identityText(explanation, shown),
    ...(doubt === undefined
      ? [...membersOf('agrees'), ...membersOf('differs')]
      : evidenceLines(doubt, shown)),
  ];
}

function userLines({ user }: Explanation): string[] {
  if (user === null) return ['none'];
  return [
    `name: ${shown(user.userName)}`,
    `authentication: ${user.authentication}`,
    `full name: ${valueText(user.fullName, shown)}`,
    `distinguished name: ${valueText(user.distinguishedName, shown)}`,
    `addresses: ${valueText(user.emailAddresses, shown)}`,
    `privileges: ${user.privileges.map(shown).join(', ')}`,
    `stored since ${momentText(user.createdAt)}`,
    ...(user.goneSince === null ? [] : [`gone from the directory since ${momentText(user.goneSince)}`]),
  ];
}

function archiveLines({ name, owner, messages, access, lastOwner }: ExplainedArchive): string[] {
  const readers = Object.entries(access).map(
    ([user, privileges]) => `${shown(user)} (${privileges.map(shown).join(', ')})`,
  );
  const last = lastOwner === null ? '' : `, last of ${shown(lastOwner.userName)}`;
  return [
    `${shown(name)}: ${count(messages, 'message')}, ${owner === null ? `nobody's${last}` : `of ${shown(owner)}`}`,
    `  access: ${readers.length === 0 ? 'admins only' : readers.join(', ')}`,
  ];
}

function loginText({ login, user, entry, identity }: Explanation): string {
  switch (login.reason) {
    case 'directory': {
      const stored = user?.userName ?? '';
      const listed = identity.userName === null ? stored : (entry?.read.userName ?? stored);
      const gone = user?.goneSince ? ', which no longer lists them,' : '';
      const which = listed === stored ? gone : `, which lists them as ${shown(listed)},`;
      return `possible: the directory${which} is asked for the password of ${shown(stored)}`;
    }
    case 'storedPassword':
      return 'possible: the stored password is checked';
    case 'noUser':
      return 'rejected: there is no such user';
    case 'gone':
      return 'rejected: they are gone from the directory, and options.loginWhileGone is off';
    case 'noPrivilege':
      return 'rejected: the user lacks the privilege login';
    case 'noPassword':
      return 'rejected: the user is integrated and has no password';
    case 'fileDirectory':
      return 'rejected: the directory is a file, which knows no passwords';
  }
}

function nextLines({ next: { blocks, items } }: Explanation): string[] {
  const lines = items.flatMap(itemLines);
  return [
    ...blocks.map((block) => `blocked: ${blockText(block)}`),
    ...(blocks.length > 0 && lines.length > 0 ? ['if it is allowed:'] : []),
    ...(lines.length > 0 ? lines : ['nothing']),
  ];
}

function itemLines(item: PlanItem): string[] {
  switch (item.type) {
    case 'change': {
      const { action, before, after } = item;
      const to = action === 'rename' ? ` to ${shown(after?.userName ?? '')}` : '';
      const state = action === 'create' ? after : action === 'delete' ? before : null;
      const who = `${action} ${shown(item.userName)}${to}${state === null ? '' : `: ${describe(state, shown)}`}`;
      return [who, ...[...differences(item, shown), ...changeNotes(item, shown)].map((text) => `  ${text}`)];
    }
    case 'notice':
      return [`${shown(item.userName)}: ${noticeText(item, shown)}`];
    case 'doubt':
      return ['nothing until you answer:', ...answerLines(item, shown).map((text) => `  ${text}`)];
    case 'skipped':
      return [`entry ${item.number} is skipped: ${shown(skipText(item.reason))}`];
    case 'remark':
      return [];
  }
}

function historyLines({ history }: Explanation): string[] {
  if (history.length === 0) return ['none'];
  return history.map(({ run, at, action, userName, newName }) => {
    const to = newName === null ? '' : ` to ${shown(newName)}`;
    return `${momentText(at)}  run ${run}: ${action} ${shown(userName)}${to}`;
  });
}
