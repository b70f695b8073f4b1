/** Why an entry is skipped: a code with its details. */
export type SkipReason =
  | { code: 'notAnObject'; kind: string }
  | { code: 'missing'; member: string }
  | { code: 'reserved'; member: string; value: string }
  | { code: 'wrongType'; member: string; kind: string; expected: 'string' | 'array' }
  | { code: 'tooLong'; member: string; length: number; most: number }
  | { code: 'tooMany'; member: string; length: number; most: number }
  | { code: 'nul' | 'loneSurrogate' | 'controlCharacter'; member: string }
  /** Entries with the same name that differ; `numbers` has the first of their positions. */
  | { code: 'repeated'; numbers: number[]; more: number }
  /** A scope rule needs a member that is unreadable, or that is missing although the stored user has it. */
  | { code: 'scopeUnclear'; member: string };

/** Why an entry is skipped, in words. */
export function skipText(reason: SkipReason): string {
  switch (reason.code) {
    case 'notAnObject':
      return `is ${reason.kind}, not an object`;
    case 'missing':
      return `${reason.member} is missing or empty`;
    case 'reserved':
      return `the name ${reason.value} is reserved`;
    case 'wrongType':
      return `${reason.member} is ${reason.kind}, not ${reason.expected === 'array' ? 'an array' : 'a string'}`;
    case 'tooLong':
      return `${reason.member} has ${reason.length} characters; the limit is ${reason.most}`;
    case 'tooMany':
      return `${reason.member} has ${reason.length} entries; the limit is ${reason.most}`;
    case 'nul':
      return `${reason.member} contains a NUL character`;
    case 'loneSurrogate':
      return `${reason.member} contains half a character (a lone surrogate)`;
    case 'controlCharacter':
      return `${reason.member} contains a control character`;
    case 'repeated': {
      const more = reason.more > 0 ? ` and ${reason.more} more` : '';
      return `entries ${reason.numbers.join(', ')}${more} have the same name but differ`;
    }
    case 'scopeUnclear':
      return `a scope rule needs ${reason.member}, which is missing or unreadable`;
  }
}

/** Whether two entries have the same mistake in the same member. */
export function isSameMistake(a: SkipReason, b: SkipReason): boolean {
  const memberOf = (reason: SkipReason) =>
    'member' in reason ? reason.member.replace(/\[\d+\]$/, '') : null;
  return a.code === b.code && memberOf(a) === memberOf(b);
}
