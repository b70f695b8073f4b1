import type { Finding } from '../../core/finding.ts';
import { grading } from '../grading.ts';

/** Every check, in the order of the findings: each has exactly one. docs/protocol.md explains them. */
export const directoryChecks = [
  'encryption',
  'answer',
  'mediaType',
  'charset',
  'byteOrderMark',
  'length',
  'size',
  'time',
  'list',
  'readableEntries',
  'repeatedEntries',
  'ambiguousNames',
  'distinguishedNames',
  'parsableDNs',
  'uniqueDNs',
  'lastingDNs',
  'fullNames',
  'addresses',
  'plainAddresses',
  'sharedAddresses',
  'secondListing',
  'compression',
  'wrongServicePassword',
  'noServicePassword',
  'noCommand',
  'unknownCommand',
  'getRequest',
  'goodPassword',
  'wrongPassword',
  'emptyPassword',
  'unknownName',
  'alikeRefusals',
  'specialCharacters',
  'sqlInName',
  'ldapInName',
] as const;
export type DirectoryCheck = (typeof directoryChecks)[number];

export const { ok, warning, failed, skipped } = grading<DirectoryCheck>();

/** Those from `first` to `last`, which cannot be checked for one reason. */
export const skippedFrom = (first: DirectoryCheck, last: DirectoryCheck, message: string): Finding[] =>
  directoryChecks
    .slice(directoryChecks.indexOf(first), directoryChecks.indexOf(last) + 1)
    .map((check) => skipped(check, message));
