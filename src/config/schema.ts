import { z } from 'zod';
import { afterSchema } from './schema-after.ts';
import { parseDn } from '../core/dn.ts';
import { archivePrivileges, privilegeProblem, userPrivileges } from '../core/privileges.ts';
import { directorySection } from './schema-directory.ts';
import { age, anyPercent, isGiven, isSection, listings, percent, text, users } from './values.ts';

/** The configuration file as it is written. Any key that is not listed here is an error. */

const limit = (percents: number, passing: number, range = percent) =>
  z
    .strictObject({
      percent: range.default(percents),
      atLeast: users.default(passing),
      count: users.optional(),
    })
    .prefault({});

const privileges = (known: readonly [string, ...string[]]) =>
  z
    .array(
      z.enum(known, {
        error: ({ input }) =>
          typeof input === 'string' ? (privilegeProblem([input], known) ?? '') : 'must be a string',
      }),
    )
    .min(1, 'must not be empty; use [none] for no privileges')
    .refine((list) => privilegeProblem(knownOf(list, known), known) === null, {
      error: ({ input }) => privilegeProblem(knownOf(input, known), known) ?? '',
      when: ({ value }) => Array.isArray(value),
    });

/** Unknown privileges are left out: each has its own problem, at its place in the list. */
const knownOf = (list: unknown, known: readonly string[]) =>
  (list as string[]).filter((privilege) => known.includes(privilege));

const rule = z
  .strictObject({
    userName: text.optional().describe('glob on the user name: * matches any characters, ? exactly one'),
    fullName: text.optional().describe('glob on the full name'),
    emailAddress: text.optional().describe('glob on any of the addresses'),
    emailDomain: text.optional().describe('glob on the part after the @ of any of the addresses'),
    distinguishedName: text.optional().describe('glob on the distinguished name as it is written'),
    under: text
      .refine(
        (value) => parseDn(value) !== null,
        'must be a distinguished name such as OU=Staff,DC=example,DC=com',
      )
      .optional()
      .describe('a branch of the tree, compared as a distinguished name'),
  })
  .refine((value) => Object.values(value).some(isGiven), {
    error: 'needs at least one of userName, fullName, emailAddress, emailDomain, distinguishedName and under',
    // An unknown key is probably a typo of one of these, and is reported itself.
    when: ({ issues }) => issues.length === 0,
  });

export const configSchema = z
  .strictObject({
    directory: directorySection,
    database: z
      .strictObject({
        url: text
          .optional()
          .describe('postgres://user:password@host:port/name, or pairs such as host=db1 dbname=archive'),
        urlFile: text.optional().describe('a file that contains the connection'),
        schema: z
          .string()
          .regex(
            /^[a-z_][a-z0-9_]{0,62}$/,
            'must be at most 63 lowercase letters, digits and _, and must not start with a digit',
          )
          .refine(
            (name) => !name.startsWith('pg_') && name !== 'information_schema',
            'is reserved by Postgres',
          )
          .optional()
          .describe('the Postgres schema (default: rollcall)'),
        embedded: text.optional().describe('a folder for the embedded store, instead of Postgres'),
      })
      .refine((value) => [value.url, value.urlFile, value.embedded].filter(isGiven).length === 1, {
        error: 'needs exactly one of url, urlFile and embedded',
        when: isSection,
      })
      .refine((value) => value.embedded === undefined || value.schema === undefined, {
        error: 'is only for Postgres; the embedded store has no schema',
        path: ['schema'],
        when: isSection,
      })
      .transform((value) =>
        value.embedded === undefined ? { ...value, schema: value.schema ?? 'rollcall' } : value,
      )
      .prefault({ embedded: 'rollcall-data' })
      .describe('the user database (default: an embedded store in rollcall-data next to this file)'),
    scope: z
      .strictObject({
        include: z
          .array(rule)
          .default([])
          .describe('an entry must match one of these rules, if there are any'),
        exclude: z.array(rule).default([]).describe('an entry must match none of these rules'),
      })
      .prefault({})
      .describe('which entries of the directory count; all others are treated as absent'),
    options: z
      .strictObject({
        deleteUsers: z
          .union(
            [
              z.boolean(),
              z.strictObject({
                after: age.describe('only those who have been gone for this long, and'),
                listings: listings.describe('whom this many complete listings in a row lacked'),
              }),
            ],
            { error: 'must be false, true, or a section with after and listings' },
          )
          .default(false)
          .describe('delete users who are gone from the directory'),
        loginWhileGone: z
          .boolean()
          .default(true)
          .describe('whether users who are gone from the directory may log on'),
        renames: z
          .boolean()
          .default(true)
          .describe('rename the stored user when the entry has a different name'),
        takeOver: z
          .enum(['agreed', 'always'], { error: 'must be agreed or always' })
          .default('agreed')
          .describe('when a new user gets an existing archive that has their name and no owner'),
      })
      .prefault({}),
    limits: z
      .strictObject({
        deletions: z
          .strictObject({
            percent: percent.default(10).describe('of the stored directory users'),
            atLeast: users.default(5).describe('this many always pass'),
            count: users.default(500),
            onExceeded: z
              .enum(['block', 'hold'], { error: 'must be block or hold' })
              .default('block')
              .describe('hold: everything but the deletions is written'),
          })
          .prefault({}),
        updates: limit(50, 20),
        renames: limit(10, 5),
        creations: limit(100, 50, anyPercent).describe('not checked while no directory user is stored'),
        overlap: z
          .strictObject({
            percent: percent.default(50).describe('of the stored directory users'),
            fromUsers: users.default(20).describe('not checked while fewer are stored'),
          })
          .prefault({})
          .describe('how many stored directory users must be found again'),
      })
      .prefault({})
      .describe('a run that exceeds a limit is blocked: its plan is shown, and nothing is written'),
    defaultPrivileges: z
      .strictObject({
        user: privileges(userPrivileges).default(['login']),
        archive: privileges(archivePrivileges).default(['read']),
      })
      .prefault({})
      .describe('given to a new user and never changed afterwards'),
    after: afterSchema,
  })
  .describe('The configuration of rollcall');

export type ConfigFile = z.output<typeof configSchema>;

/** The configuration as a JSON Schema, for editors. */
export const jsonSchema = () => z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
