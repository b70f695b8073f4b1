import pg from 'pg';

/** What pg needs for one connection. All of it is given, because pg would fill gaps from the environment. */
export interface ClientSettings {
  host: string;
  port: number;
  user: string;
  database: string;
  /** Null if there is none; whether one is needed is up to the server. */
  password: string | null;
  options: string;
  applicationName: string;
  /** In milliseconds. */
  timeout: number;
  keepAlive: number | null;
  ssl: pg.ClientConfig['ssl'] & (false | object);
  isDirect: boolean;
  stream?: NonNullable<pg.ClientConfig['stream']>;
}

/** How far an attempt got, and what ends it. */
export interface Progress {
  /** Whether the TLS handshake began, and did not end. */
  isInHandshake: boolean;
  signal: AbortSignal;
}

/**
 * Opens one connection. It behaves in the pool of knex like those that knex opens.
 *
 * @throws the error of pg or of the system, without a socket left behind
 */
export async function openClient(settings: ClientSettings, progress: Progress): Promise<pg.Client> {
  const { applicationName, password, keepAlive, timeout, isDirect, options, ...same } = settings;
  const client = new pg.Client({
    ...same,
    application_name: applicationName,
    // A function, because pg looks for a missing password in the environment and in files.
    password: () => (password === null ? Promise.reject(noPassword()) : password),
    client_encoding: 'UTF8',
    sslnegotiation: isDirect ? 'direct' : 'postgres',
    connectionTimeoutMillis: timeout,
    keepAlive: keepAlive !== null,
    keepAliveInitialDelayMillis: keepAlive ?? 0,
    // Detects a peer that fell silent: no statement of a run takes nearly as long.
    query_timeout: 15 * 60_000,
  }) as Opened;
  // pg takes an empty string for a gap.
  Object.assign(client.connectionParameters, { options, replication: undefined });
  client.on('error', (error) => (client.__knex__disposed = error));
  client.on('end', () => (client.__knex__disposed ??= 'Connection ended unexpectedly'));
  const { connection } = client;
  if (same.ssl !== false) {
    connection.once('connect', () => (progress.isInHandshake = true));
    connection.once('sslconnect', () =>
      connection.stream.once('secureConnect', () => (progress.isInHandshake = false)),
    );
  }
  const stop = () => connection.stream.destroy(new Error('the connection was given up'));
  progress.signal.addEventListener('abort', stop);
  try {
    await client.connect();
    return client;
  } catch (error) {
    connection.stream.destroy();
    // What pg says when a peer accepts the connection and then sends nothing.
    const isTimeout = error instanceof Error && error.message === 'timeout expired';
    throw isTimeout ? Object.assign(error, { message: noAnswer, code: 'connection' }) : error;
  } finally {
    progress.signal.removeEventListener('abort', stop);
  }
}

export const noAnswer = 'the server does not respond';

/** What knex reads, and what the types of pg leave out. */
type Opened = pg.Client & { connectionParameters: object; __knex__disposed?: unknown };

const noPassword = () =>
  Object.assign(new Error('the server requires a password, and there is none'), { code: '28P01' });
