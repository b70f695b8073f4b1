import { z } from 'zod';
import { isSection, text } from './values.ts';

/**
 * Header fields of a request: names and values.
 *
 * @param reasonAgainst why one must not have this name; undefined if it may
 */
export const headers = (reasonAgainst: (name: string) => string | undefined) =>
  z
    .record(
      z.string(),
      text
        .regex(
          /^[\t\x20-\x7e\xa0-\xff]*$/,
          'must not contain line breaks, control characters or characters outside ISO-8859-1',
        )
        .refine((value) => value.trim() === value, 'must not begin or end with white space'),
    )
    .superRefine(
      (given, found) => {
        const names = Object.keys(given);
        for (const [i, name] of names.entries()) {
          const same = names.slice(0, i).find((other) => other.toLowerCase() === name.toLowerCase());
          const reason = reasonAgainst(name) ?? (same && `differs from ${same} in case only`);
          if (reason !== undefined) found.addIssue({ code: 'custom', message: reason, path: [name] });
        }
      },
      { when: isSection },
    );
