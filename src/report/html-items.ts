import type { Change, Doubt, PlanItem, UserState } from '../core/plan.ts';
import { grouped } from '../core/printable.ts';
import { skipText } from '../core/skip-reason.ts';
import { html, mark, outside, plain } from './html-text.ts';
import { answersOf, evidenceOf, noAnswer, questionText, unknownOwner } from './questions.ts';
import { noticeText } from './notices.ts';
import { changedMembers, changeNotes, remarkText, valueText, type Value } from './words.ts';

/** One item as an element of the list of its kind. */
export function itemHtml(item: PlanItem): string {
  switch (item.type) {
    case 'change':
      return row(outside(item.userName), changeHtml(item));
    case 'doubt':
      return row(outside(item.userName), doubtHtml(item));
    case 'notice':
      return row(outside(item.userName), `<p>${html(noticeText(item, mark))}</p>`);
    case 'skipped': {
      const name = item.userName === null ? `entry ${item.number}` : outside(item.userName);
      const where = item.userName === null ? '' : `entry ${item.number}: `;
      return row(name, `<p>${where}${plain(skipText(item.reason))}</p>`);
    }
    case 'remark':
      return `<li><p class="wide">${html(remarkText(item, mark))}</p></li>\n`;
  }
}

const row = (name: string, what: string) => `<li><p class="name">${name}</p><div>${what}</div></li>\n`;

function changeHtml(change: Change): string {
  const { action, userName, before, after } = change;
  const state = action === 'create' ? after : action === 'delete' ? before : null;
  const renamed =
    action === 'rename' ? [{ name: 'user name', old: userName, now: after?.userName ?? null }] : [];
  const members = [...renamed, ...changedMembers(change)];
  const notes = changeNotes(change, mark).map((note) => `<p class="note">${html(note)}</p>`);
  return (
    (state === null ? '' : stateHtml(state)) +
    (members.length === 0 ? '' : `<dl>${members.map(memberHtml).join('')}</dl>`) +
    notes.join('')
  );
}

/** A user who comes or goes, in full. */
function stateHtml({ fullName, distinguishedName, emailAddresses }: UserState): string {
  const address = emailAddresses.length === 0 ? 'no address' : html(valueText(emailAddresses, mark));
  const who = fullName === null ? address : `${outside(fullName)}, ${address}`;
  return `<p>${who}</p>${distinguishedName === null ? '' : `<p class="dn">${outside(distinguishedName)}</p>`}`;
}

function memberHtml({ name, old, now }: { name: string; old: Value; now: Value }): string {
  return `<div><dt>${name}</dt><dd>${sideHtml('del', old, now)}</dd><dd>${sideHtml('ins', now, old)}</dd></div>`;
}

/** Addresses beyond the first ten are shown where they differ, up to this many. */
const most = { alike: 10, all: 50 };

/** One side of a member: what the other side does not have is marked. */
function sideHtml(tag: 'del' | 'ins', value: Value, other: Value): string {
  const marked = (text: string) => `<${tag}>${text}</${tag}>`;
  if (value === null || value.length === 0) return marked(valueText(value, mark));
  if (typeof value === 'string') return marked(outside(value));
  const others = new Set(other);
  const shown = value.filter((address, i) => i < most.alike || !others.has(address)).slice(0, most.all);
  // The first address is the primary one; two lists may differ in nothing else.
  const isFirst = value.length > 1 && value[0] !== other?.[0];
  const lines = shown.map((address, i) => {
    const text = outside(address);
    const tagged = others.has(address) ? text : marked(text);
    return isFirst && i === 0 ? `${tagged} <small>primary</small>` : tagged;
  });
  const rest = value.length - shown.length;
  return [...lines, ...(rest > 0 ? [`… and ${grouped(rest)} more`] : [])].join('<br>');
}

function doubtHtml(doubt: Doubt): string {
  const answers = answersOf(doubt, mark).map(
    ({ command, effect }) => `<li><code>${html(command)}</code> <span>${html(effect)}</span></li>`,
  );
  return (
    `<p>entry ${doubt.entry} ${html(questionText(doubt, mark))}</p>` +
    evidenceHtml(doubt) +
    (answers.length === 0
      ? `<p class="note">${html(noAnswer)}</p>`
      : `<ul class="answers" role="list">${answers.join('')}</ul>`)
  );
}

function evidenceHtml(doubt: Doubt): string {
  const evidence = evidenceOf(doubt, mark);
  if (evidence === null) return `<p class="note">${unknownOwner}</p>`;
  const rows = evidence.map(
    ({ word, name, stored, listed }) =>
      `<tr class="${word}"><th scope="row">${name}</th><td>${html(stored)}</td><td>${html(listed)}</td><td>${word}</td></tr>`,
  );
  return (
    '<table><thead><tr><th scope="col">member</th><th scope="col">stored</th><th scope="col">listed</th>' +
    `<th scope="col">evidence</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
  );
}

/** The note about items that the page leaves out. */
export const omittedHtml = (n: number): string =>
  `<p class="omitted">… and ${grouped(n)} more, which --format json has: a page with more rows is slow.</p>\n`;
