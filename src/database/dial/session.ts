import type { Client, QueryConfig } from 'pg';
import type { Connection, SessionAttributes } from '../../connection/connection.ts';

export type Grade = 'wanted' | 'acceptable' | 'unfit';

export interface Session {
  isStandby: boolean;
  isReadOnly: boolean;
}

const grades: Record<SessionAttributes, (session: Session) => Grade> = {
  // With several hosts. libpq would take the first one, on which a run might not be able to write.
  any: ({ isReadOnly }) => (isReadOnly ? 'acceptable' : 'wanted'),
  'read-write': ({ isReadOnly }) => (isReadOnly ? 'unfit' : 'wanted'),
  'read-only': ({ isReadOnly }) => (isReadOnly ? 'wanted' : 'unfit'),
  primary: ({ isStandby }) => (isStandby ? 'unfit' : 'wanted'),
  standby: ({ isStandby }) => (isStandby ? 'wanted' : 'unfit'),
  'prefer-standby': ({ isStandby }) => (isStandby ? 'wanted' : 'acceptable'),
};

/** How well a server fits `target_session_attrs`, if there are several. */
export const gradeSession = (wanted: SessionAttributes, session: Session): Grade => grades[wanted](session);

/** How well an open session fits `target_session_attrs`. */
export async function gradeOf(client: Client, { session, targets, timeout }: Connection): Promise<Grade> {
  if (session === 'any' && targets.length === 1) return 'wanted';
  const question: QueryConfig & { query_timeout: number } = {
    text: `select pg_is_in_recovery() as standby, current_setting('default_transaction_read_only')::bool as reading`,
    query_timeout: timeout,
  };
  const { rows } = await client.query<{ standby: boolean; reading: boolean }>(question);
  const [{ standby, reading } = { standby: false, reading: false }] = rows;
  return gradeSession(session, { isStandby: standby, isReadOnly: standby || reading });
}

/** The error of a server whose session does not fit. */
export const sessionError = (session: SessionAttributes): Error =>
  Object.assign(new Error(`the server is not what target_session_attrs=${session} demands`), {
    code: 'ESESSION',
  });
