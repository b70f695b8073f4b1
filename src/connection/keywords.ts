/** What rollcall does with one keyword of libpq. */
export interface Keyword {
  /** The environment variable that fills it in when the text leaves it out. */
  variable?: string;
  /** The accepted values; without them, any. An empty value is always the default. */
  values?: readonly string[];
  /** Whether the case of the value is ignored. */
  anyCase?: true;
  /** Only whole numbers are accepted. */
  isNumber?: true;
  /** Why the other values are refused, and what to do instead; without `values`, every value is refused. */
  refused?: string;
  /** Why the accepted values need no support. */
  without?: string;
}

const otherLogin = 'use a password or a client certificate';
const usePassword = 'use the password';
const tlsVersions = { values: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], anyCase: true } as const;
const byNode = 'Node leaves this to the operating system, and rollcall detects a silent server itself';

/** Every keyword of libpq 18. What is not here is a mistake. */
export const keywords: Readonly<Record<string, Keyword>> = {
  host: { variable: 'PGHOST' },
  port: { variable: 'PGPORT' },
  dbname: { variable: 'PGDATABASE' },
  user: { variable: 'PGUSER' },
  password: { variable: 'PGPASSWORD' },
  passfile: { variable: 'PGPASSFILE' },
  options: { variable: 'PGOPTIONS' },
  application_name: { variable: 'PGAPPNAME' },
  fallback_application_name: {},
  connect_timeout: { variable: 'PGCONNECT_TIMEOUT', isNumber: true },
  keepalives: { isNumber: true },
  keepalives_idle: { isNumber: true },
  target_session_attrs: {
    variable: 'PGTARGETSESSIONATTRS',
    values: ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'],
  },

  sslmode: {
    variable: 'PGSSLMODE',
    values: ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
  },
  sslnegotiation: { variable: 'PGSSLNEGOTIATION', values: ['postgres', 'direct'] },
  sslrootcert: { variable: 'PGSSLROOTCERT' },
  sslcert: { variable: 'PGSSLCERT' },
  sslkey: { variable: 'PGSSLKEY' },
  sslpassword: {},
  sslcrl: { variable: 'PGSSLCRL' },
  sslcertmode: {
    variable: 'PGSSLCERTMODE',
    values: ['disable', 'allow'],
    refused: 'rollcall cannot require the server to ask for a certificate; use sslmode=verify-full',
  },
  ssl_min_protocol_version: { variable: 'PGSSLMINPROTOCOLVERSION', ...tlsVersions },
  ssl_max_protocol_version: { variable: 'PGSSLMAXPROTOCOLVERSION', ...tlsVersions },

  client_encoding: { variable: 'PGCLIENTENCODING', without: 'rollcall always speaks UTF-8' },
  keepalives_interval: { isNumber: true, without: byNode },
  keepalives_count: { isNumber: true, without: byNode },
  tcp_user_timeout: { isNumber: true, without: byNode },
  sslcompression: { variable: 'PGSSLCOMPRESSION', without: 'libpq ignores it, too' },
  servicefile: { variable: 'PGSERVICEFILE', without: 'it names no service' },
  sslsni: {
    variable: 'PGSSLSNI',
    values: ['1'],
    refused: 'the name of the host is always sent',
    without: 'the name of the host is always sent',
  },
  gssencmode: {
    variable: 'PGGSSENCMODE',
    values: ['disable', 'prefer'],
    refused: 'encryption by Kerberos is not supported; use sslmode=verify-full',
    without: 'encryption by Kerberos is never tried',
  },
  gssdelegation: {
    variable: 'PGGSSDELEGATION',
    values: ['0'],
    refused: otherLogin,
    without: 'credentials are never delegated',
  },
  channel_binding: {
    variable: 'PGCHANNELBINDING',
    values: ['disable', 'prefer'],
    refused: 'channel binding cannot be required; use sslmode=verify-full',
    without: 'channel binding is never used',
  },
  load_balance_hosts: {
    variable: 'PGLOADBALANCEHOSTS',
    values: ['disable'],
    refused: 'hosts are always tried in their order',
    without: 'hosts are always tried in their order',
  },
  min_protocol_version: {
    variable: 'PGMINPROTOCOLVERSION',
    values: ['3.0'],
    refused: 'rollcall speaks version 3.0 of the protocol',
    without: 'rollcall speaks version 3.0 of the protocol',
  },
  max_protocol_version: {
    variable: 'PGMAXPROTOCOLVERSION',
    values: ['3.0', '3.2', 'latest'],
    without: 'rollcall speaks version 3.0 of the protocol',
  },

  service: { variable: 'PGSERVICE', refused: 'write the connection itself' },
  hostaddr: { variable: 'PGHOSTADDR', refused: 'write the address as host' },
  replication: { refused: 'rollcall needs an ordinary connection; leave it out' },
  require_auth: {
    variable: 'PGREQUIREAUTH',
    refused: 'an authentication method cannot be required; use sslmode=verify-full',
  },
  requirepeer: {
    variable: 'PGREQUIREPEER',
    refused: 'the owner of a socket cannot be checked; use a socket in a folder that only they can write to',
  },
  sslcrldir: { variable: 'PGSSLCRLDIR', refused: 'put the revocation lists into one file and use sslcrl' },
  sslkeylogfile: { refused: 'keys of connections are never logged' },
  krbsrvname: { variable: 'PGKRBSRVNAME', refused: otherLogin },
  gsslib: { variable: 'PGGSSLIB', refused: otherLogin },
  scram_client_key: { refused: usePassword },
  scram_server_key: { refused: usePassword },
  oauth_issuer: { refused: otherLogin },
  oauth_client_id: { refused: otherLogin },
  oauth_client_secret: { refused: otherLogin },
  oauth_scope: { refused: otherLogin },
};

/** Whether a keyword holds a secret. */
export const isSecretKeyword = (keyword: string): boolean =>
  ['password', 'sslpassword', 'scram_client_key', 'scram_server_key', 'oauth_client_secret'].includes(
    keyword,
  );

/** What is wrong with a value, worded to follow the keyword; null if nothing is. It never repeats the value. */
export function valueProblem(keyword: string, value: string): string | null {
  const { values, anyCase, isNumber, refused } = keywords[keyword] ?? {};
  if (value === '' && keyword !== 'sslmode') return null;
  if (isNumber && !isWholeNumber(value)) return 'must be a whole number';
  const isSame = (known: string) =>
    known === value || (anyCase === true && known.toLowerCase() === value.toLowerCase());
  const isAccepted = values === undefined ? refused === undefined : values.some(isSame);
  if (isAccepted) return null;
  return refused === undefined
    ? `must be ${(values ?? []).slice(0, -1).join(', ')} or ${values?.at(-1) ?? ''}`
    : `is not supported here: ${refused}`;
}

/** A number as libpq reads it, with white space around it. */
export const isWholeNumber = (text: string): boolean =>
  /^\s*[+-]?\d+\s*$/.test(text) && Math.abs(Number(text)) < 2 ** 31;
