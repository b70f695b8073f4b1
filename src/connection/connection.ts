/** Where and how to connect, with every value settled: nothing is taken from the environment or from files later on. */
export interface Connection {
  /** The name of the database in messages: `host/database`, without credentials. */
  name: string;
  /** In the order in which they are tried. */
  targets: readonly Target[];
  database: string;
  user: string;
  /** Command-line options for the server; empty for none. */
  options: string;
  applicationName: string;
  tls: Tls;
  session: SessionAttributes;
  /** For each attempt, in milliseconds. */
  timeout: number;
  /** After how many milliseconds of silence the other end is probed; null for never. */
  keepAlive: number | null;
}

export interface Target {
  /** A name, an address, or the folder of a socket, which starts with a slash. */
  host: string;
  port: number;
  password: string | null;
}

export const isSocket = ({ host }: Pick<Target, 'host'>): boolean => host.startsWith('/');

export interface Tls {
  mode: 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  /** Whether the TLS handshake starts at once, without asking the server whether it speaks TLS. */
  isDirect: boolean;
  /** Whether the chain of the certificate is verified. */
  isVerified: boolean;
  /** In the form of Node's `tls`; PEM. */
  files: { ca?: string; crl?: string; cert?: string; key?: string; passphrase?: string };
  versions: { minVersion?: TlsVersion; maxVersion?: TlsVersion };
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export type SessionAttributes = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby';

/** How a target is written in messages: with its port unless that is the default. */
export function targetName({ host, port }: Pick<Target, 'host' | 'port'>): string {
  const place = /[/:]/.test(host) ? `[${host}]` : host.toLowerCase();
  return port === 5432 ? place : `${place}:${port}`;
}
