import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { holdsCertificates } from '../core/certificates.ts';
import { messageOf, reasonOf } from '../core/errors.ts';
import type { Tls, TlsVersion } from './connection.ts';
import { Refusal, type Settings } from './connection-settings.ts';

/**
 * How TLS is spoken, with the contents of all files. As in libpq, a root certificate in ~/.postgresql makes even
 * `sslmode=require` verify the chain.
 *
 * @throws Refusal for a file that cannot be used, or a combination that libpq refuses, too
 */
export function tlsOf(settings: Settings, home: string): Tls {
  const isSystem = settings.get('sslrootcert') === 'system';
  const mode = settings.get('sslmode', isSystem ? 'verify-full' : 'prefer') as Tls['mode'];
  if (isSystem && mode !== 'verify-full') throw new Refusal('sslrootcert=system needs sslmode=verify-full');
  const isDirect = settings.get('sslnegotiation') === 'direct';
  if (isDirect && ['disable', 'allow', 'prefer'].includes(mode))
    throw new Refusal('sslnegotiation=direct needs sslmode=verify-full, verify-ca or require');
  const inHome = (keyword: string, name: string) =>
    settings.path(keyword) ?? (mode === 'disable' ? null : ifThere(join(home, '.postgresql', name)));
  const read = (keyword: string, path: string | null) =>
    path === null
      ? undefined
      : readText(settings.get(keyword) === '' ? path : settings.origin(keyword), path);

  const ca = isSystem ? undefined : read('sslrootcert', inHome('sslrootcert', 'root.crt'));
  if (ca !== undefined && !holdsCertificates(ca))
    throw new Refusal(`${nameOf(settings, 'sslrootcert', 'root.crt')} contains no PEM certificate`);
  const isVerified = mode.startsWith('verify') || ca !== undefined;
  const crl = isVerified ? read('sslcrl', inHome('sslcrl', 'root.crl')) : undefined;
  const mayIdentify = settings.get('sslcertmode') !== 'disable';
  const cert = mayIdentify ? read('sslcert', inHome('sslcert', 'postgresql.crt')) : undefined;
  const key = cert === undefined ? undefined : readKey(settings, inHome('sslkey', 'postgresql.key'));
  const passphrase = settings.get('sslpassword');
  const tls: Tls = {
    mode,
    isDirect,
    isVerified,
    files: {
      ...(ca !== undefined && { ca }),
      ...(crl !== undefined && { crl }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(key !== undefined && passphrase !== '' && { passphrase }),
    },
    versions: versionsOf(settings),
  };
  checkTogether(tls, settings);
  return tls;
}

const nameOf = (settings: Settings, keyword: string, file: string) =>
  settings.get(keyword) === '' ? `~/.postgresql/${file}` : settings.origin(keyword);

const ifThere = (path: string) => (existsSync(path) ? path : null);

function readText(origin: string, path: string): string {
  try {
    // Between the certificates there may be comments in any charset.
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw new Refusal(`${origin === path ? '' : `${origin}: `}cannot read ${path}: ${reasonOf(error)}`);
  }
}

/** As in libpq, others must not be able to read the key; the group may if it belongs to root. */
function readKey(settings: Settings, path: string | null): string {
  const origin = nameOf(settings, 'sslkey', 'postgresql.key');
  if (path === null) throw new Refusal('sslcert needs sslkey, the file with its private key');
  const key = readText(origin, path);
  const { mode, uid } = statSync(path);
  if ((mode & (uid === 0 ? 0o037 : 0o077)) !== 0)
    throw new Refusal(`${origin}: others can read ${path}; chmod 600 it`);
  return key;
}

const versions: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

function versionsOf(settings: Settings): Tls['versions'] {
  const of = (keyword: string) =>
    versions.find((version) => version.toLowerCase() === settings.get(keyword).toLowerCase());
  const minVersion = of('ssl_min_protocol_version') ?? 'TLSv1.2';
  const maxVersion = of('ssl_max_protocol_version');
  if (maxVersion !== undefined && versions.indexOf(maxVersion) < versions.indexOf(minVersion))
    throw new Refusal('ssl_max_protocol_version must not be lower than ssl_min_protocol_version (TLSv1.2)');
  return { minVersion, ...(maxVersion !== undefined && { maxVersion }) };
}

/** Finds now what would otherwise only fail when TLS begins. */
function checkTogether({ files: { ca, crl, cert, key, passphrase } }: Tls, settings: Settings): void {
  const attempt = (options: object, keyword: string, file: string, says: (reason: string) => string) => {
    try {
      createSecureContext(options);
    } catch (error) {
      throw new Refusal(`${nameOf(settings, keyword, file)} ${says(messageOf(error))}`);
    }
  };
  // Without anything to check, this would load all certificates that Node trusts.
  if (ca !== undefined)
    attempt({ ca }, 'sslrootcert', 'root.crt', () => 'contains a certificate that cannot be used');
  if (crl !== undefined) attempt({ crl }, 'sslcrl', 'root.crl', () => 'contains no PEM revocation list');
  if (cert === undefined) return;
  if (!holdsCertificates(cert))
    throw new Refusal(`${nameOf(settings, 'sslcert', 'postgresql.crt')} contains no PEM certificate`);
  attempt({ cert, key, passphrase }, 'sslkey', 'postgresql.key', (reason) =>
    /mismatch/i.test(reason)
      ? 'does not belong to the certificate of sslcert'
      : /decrypt|interrupted|password|passphrase/i.test(reason)
        ? 'cannot be decrypted with sslpassword'
        : 'contains no private key that can be used',
  );
}
