import { z } from 'zod';
import { parseDn } from '../core/dn.ts';
import { archivePrivileges, contradiction, userPrivileges } from '../core/privileges.ts';

/** The configuration file as it is written. What is not said here is an error, and so is any other key. */

const text = z.string().min(1, 'must not be empty');

const notDuration = 'must be a duration such as 500ms, 30s, 5m or 1h';
const duration = z
  .string(notDuration)
  .regex(/^\d+(ms|s|m|h)$/, notDuration)
  .transform((value) => {
    const [, number = '', unit = ''] = /^(\d+)(\D+)$/.exec(value) ?? [];
    return Number(number) * ({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit] ?? 1);
  })
  // Node's timers hold no more than 2^31 - 1 milliseconds.
  .refine((ms) => ms > 0 && ms <= 24 * 3_600_000, 'must be more than nothing and at most 24h');

const notSize = 'must be a size such as 500 MB or 1 GB';
const size = z
  .string(notSize)
  .regex(/^\d+ ?(kB|MB|GB)$/, notSize)
  .transform((value) => parseInt(value, 10) * ({ k: 1e3, M: 1e6, G: 1e9 }[value.at(-2) ?? ''] ?? 1))
  .refine((bytes) => bytes > 0, 'must be more than nothing');

const httpUrl = text.refine((value) => urlProblem(value, ['http:', 'https:']) === null, {
  error: ({ input }) => urlProblem(String(input), ['http:', 'https:']) ?? '',
});

/** Why a text is not a URL that can be used here. Credentials have keys of their own, where they can be redacted. */
export function urlProblem(value: string, protocols: string[], credentials = false): string | null {
  const names = protocols.map((protocol) => `${protocol}//`).join(' or ');
  if (!URL.canParse(value)) return `must be a URL that begins with ${names}`;
  const url = new URL(value);
  if (!protocols.includes(url.protocol)) return `must begin with ${names}`;
  if (url.hostname === '' && !credentials) return 'must name a host';
  // A / or @ in a password ends it too early, and the rest would be shown as the name of the database.
  if (credentials && /[/@]/.test(url.pathname.slice(1)))
    return 'must have / and @ in a password written as %2F and %40';
  if (!credentials && (url.username !== '' || url.password !== '')) {
    return 'must not hold credentials; they belong into authentication';
  }
  return null;
}

/** Why a text is not the URL of a Postgres. */
export const databaseUrlProblem = (value: string) => urlProblem(value, ['postgres:', 'postgresql:'], true);

const percent = z.number().min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100');
const users = z.int().min(0, 'must be 0 or more');

/** More users may be created than are stored. */
const anyPercent = z.number().min(0, 'must be from 0 to 100000').max(100_000, 'must be from 0 to 100000');

const limit = (percents: number, always: number, range = percent) =>
  z
    .strictObject({
      percent: range.default(percents),
      atLeast: users.default(always),
      count: users.optional(),
    })
    .prefault({});

const privileges = <T extends readonly [string, ...string[]]>(known: T) =>
  z
    .array(z.enum(known, { error: ({ input }) => `${JSON.stringify(input)} is none of ${known.join(', ')}` }))
    .min(1, 'must name at least one privilege; for none at all write [none]')
    .superRefine((list, context) => {
      const problem = contradiction(list);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    });

const rule = z
  .strictObject({
    userName: text.optional().describe('glob on the user name: * any text, ? one character'),
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
  .refine(
    (value) => Object.values(value).some((member) => member !== undefined),
    'must name at least one member',
  );

export const configSchema = z
  .strictObject({
    directory: z
      .strictObject({
        url: httpUrl.describe('the Application Integration server'),
        authentication: z
          .strictObject({
            userName: text,
            password: text.optional(),
            passwordFile: text
              .optional()
              .describe('a file that holds the password; one line feed at its end is cut'),
          })
          .refine((value) => (value.password === undefined) !== (value.passwordFile === undefined), {
            message: 'needs either password or passwordFile',
          })
          .optional()
          .describe('HTTP Basic, with a service account'),
        login: z
          .strictObject({
            command: text.default('auth').describe('the value of cmd'),
            userNameParameter: text.default('userName'),
            passwordParameter: text.default('password'),
            answerMember: text.default('authenticated').describe('says yes when it is true'),
          })
          .prefault({})
          .describe('how the server is asked whether a password is right'),
        tls: z
          .strictObject({
            caFile: text.optional().describe('certificates (PEM) to trust instead of the built-in ones'),
            ignoreWarnings: z
              .boolean()
              .default(false)
              .describe('accept any certificate, for this connection only'),
          })
          .prefault({}),
        timeouts: z
          .strictObject({
            connect: duration.prefault('10s'),
            idle: duration.prefault('2m').describe('without a single byte'),
            total: duration.prefault('15m').describe('for one whole listing'),
          })
          .prefault({}),
        retries: z
          .int()
          .min(0, 'must be from 0 to 20')
          .max(20, 'must be from 0 to 20')
          .default(3)
          .describe('for what may pass: refused, reset, 429, 502, 503, 504'),
        maxSize: size.prefault('1 GB').describe('of the answer, after decompression'),
        proxy: httpUrl.optional().describe('an HTTP proxy; the environment is not asked'),
      })
      .describe('where the users come from; it is only ever read'),
    database: z
      .strictObject({
        url: text
          .refine((value) => databaseUrlProblem(value) === null, {
            error: ({ input }) => databaseUrlProblem(String(input)) ?? '',
          })
          .optional()
          .describe('postgres://user:password@host:port/name'),
        urlFile: text.optional().describe('a file that holds the URL'),
        schema: z
          .string()
          .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be a plain lower-case name')
          .refine(
            (name) => !name.startsWith('pg_') && name !== 'information_schema',
            'belongs to Postgres itself',
          )
          .optional()
          .describe('of a Postgres; rollcall when absent'),
        embedded: text.optional().describe('a folder for the embedded store, in place of a Postgres'),
      })
      .superRefine((value, context) => {
        const given = (['url', 'urlFile', 'embedded'] as const).filter((key) => value[key] !== undefined);
        if (given.length !== 1) {
          context.addIssue({ code: 'custom', message: 'needs exactly one of url, urlFile and embedded' });
        }
        if (value.embedded !== undefined && value.schema !== undefined) {
          context.addIssue({
            code: 'custom',
            path: ['schema'],
            message: 'is for a Postgres, not for embedded',
          });
        }
      })
      .optional()
      .describe('the user database; when absent, an embedded store in rollcall-data beside this file'),
    scope: z
      .strictObject({
        include: z.array(rule).default([]).describe('an entry must match one of these, when there are any'),
        exclude: z.array(rule).default([]).describe('and none of these'),
      })
      .prefault({})
      .describe('which entries of the directory count; the others are treated as if they were not there'),
    options: z
      .strictObject({
        deleteUsers: z.boolean().default(false).describe('delete users who are gone from the directory'),
        renames: z.boolean().default(true).describe('rename the stored user when the entry has another name'),
        takeOver: z
          .enum(['agreed', 'always'], { error: 'must be agreed or always' })
          .default('agreed')
          .describe('when a new user gets the archive of the name that stands without an owner'),
      })
      .prefault({}),
    limits: z
      .strictObject({
        deletions: z
          .strictObject({
            percent: percent.default(10).describe('of the stored directory users'),
            atLeast: users.default(5).describe('so many always pass'),
            count: users.default(500),
          })
          .prefault({}),
        updates: limit(50, 20),
        renames: limit(10, 5),
        creations: limit(100, 50, anyPercent).describe('off as long as no directory user is stored'),
        overlap: z
          .strictObject({
            percent: percent.default(50).describe('of the stored directory users'),
            fromUsers: users.default(20).describe('off as long as fewer are stored'),
          })
          .prefault({})
          .describe('so many stored directory users must be found again'),
      })
      .prefault({})
      .describe('a run that would change more is blocked: shown, and nothing is written'),
    defaultPrivileges: z
      .strictObject({
        user: privileges(userPrivileges).default(['login']),
        archive: privileges(archivePrivileges).default(['read']),
      })
      .prefault({})
      .describe('given to a new user, and never touched again'),
  })
  .describe('The configuration of rollcall');

export type ConfigFile = z.output<typeof configSchema>;

/** The configuration as a JSON Schema, for editors. */
export const jsonSchema = () => z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
