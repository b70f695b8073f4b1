import type { ChalkInstance } from 'chalk';
import type { Finding, Grade, Grades } from '../core/finding.ts';
import { count, safeJson } from '../core/printable.ts';

/** Color never carries meaning alone: a sign and a word say the same. */
const looks = {
  ok: { sign: '✓', color: 'green' },
  warning: { sign: '!', color: 'yellow' },
  failed: { sign: '✗', color: 'red' },
  skipped: { sign: '-', color: 'gray' },
} as const satisfies Record<Grade, { sign: string; color: string }>;

const gradeWidth = 8;
const checkWidth = 24;
const indent = ' '.repeat(4 + gradeWidth + checkWidth);

/** A finding for people: what was found, and below it what to do. */
export function findingLines({ check, grade, message, hint }: Finding, paint: ChalkInstance): string[] {
  const { sign, color } = looks[grade];
  const head = `  ${paint[color](`${sign} ${grade.padEnd(gradeWidth)}`)}${wordsOf(check).padEnd(checkWidth)}`;
  return [`${head}${message}`, ...(hint === null ? [] : [`${indent}→ ${hint}`])];
}

/** Where a line that is too long goes on. */
export const findingIndentation = (): number => indent.length;

export const jsonFinding = (finding: Finding) => `${safeJson({ type: 'finding', ...finding })}\n`;

/** `12 ok, 1 warning, 2 failed`, without what is not there. */
export function gradesText({ ok, warning, failed, skipped }: Grades): string {
  const parts = [
    `${ok} ok`,
    ...(warning > 0 ? [count(warning, 'warning')] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(', ');
}

/** `wrongServicePassword`: wrong service password. */
const wordsOf = (code: string) =>
  code
    .replace(/[A-Z]+/g, (letters) => ` ${letters.length > 1 ? letters : letters.toLowerCase()}`)
    .replace(/\b(get|ldap|sql)\b/g, (word) => word.toUpperCase());
