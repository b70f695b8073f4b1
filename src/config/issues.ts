import type { z } from 'zod';
import { nearest } from '../core/nearest.ts';
import type { Path, Problems } from './problems.ts';
import { jsonSchema } from './schema.ts';

/** Reports the issues that zod found, worded to follow the name of a key. */
export function reportIssues(issues: readonly z.core.$ZodIssue[], problems: Problems): void {
  if (issues.length === 0) return;
  const schema = jsonSchema() as Section;
  for (const issue of issues.flatMap(insideOf)) {
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, issue.path);
      for (const key of issue.keys) {
        problems.report([...issue.path, key], unknownKey(key, known), issue.path);
      }
    } else {
      problems.report(issue.path, messageOf(issue));
    }
  }
}

/** Where a value or a section is allowed, the issues inside of the section; or that it is neither. */
function insideOf(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inside = issue.errors.find((branch) =>
    branch.every(({ code, path }) => code === 'unrecognized_keys' || path.length > 0),
  );
  return inside?.map((each) => ({ ...each, path: [...issue.path, ...each.path] })) ?? [issue];
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) {
    return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  }
  const received = /received (\w+)$/.exec(issue.message)?.[1] ?? '';
  if (received === 'undefined') return 'is missing';
  const isUnquoted = issue.expected === 'string' && ['number', 'boolean'].includes(received);
  return `must be ${wordFor(issue.expected)}${isUnquoted ? '; put a value such as 0123 or true in quotes' : ''}`;
}

function wordFor(type: string): string {
  const words: Record<string, string> = {
    object: 'a section with keys',
    record: 'a section with keys',
    array: 'a list',
    boolean: 'true or false',
    int: 'a whole number',
  };
  return words[type] ?? `a ${type}`;
}

function unknownKey(key: string, known: string[]): string {
  const meant = nearest(key, known);
  const advice = meant === null ? '"rollcall config schema" lists the known keys' : `did you mean ${meant}?`;
  return `unknown key "${key}"; ${advice}`;
}

/** The keys of the section at a path. */
function knownKeys(schema: Section, path: Path): string[] {
  let section: Section | undefined = schema;
  for (const step of path) {
    const next: Section | undefined = section?.properties?.[String(step)] ?? section?.items;
    section = next?.anyOf?.find(({ properties }) => properties !== undefined) ?? next;
  }
  return Object.keys(section?.properties ?? {});
}

interface Section {
  properties?: Record<string, Section | undefined>;
  items?: Section;
  anyOf?: Section[];
}
