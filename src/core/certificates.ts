import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';

const certificates = (pem: string) =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];

/** Whether a text contains PEM certificates, and all of them are readable: TLS would ignore one that it cannot read. */
export function holdsCertificates(pem: string): boolean {
  try {
    return certificates(pem).map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}

/**
 * Why TLS cannot use a private key, worded to follow its name, or null.
 *
 * @param cert readable PEM certificates; the first one is that of the key
 */
export function keyProblem(cert: string, pem: string): string | null {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return pem.includes('ENCRYPTED')
      ? 'contains a key with a passphrase, which is not supported; "openssl pkey" writes one without'
      : 'contains no private key (PEM) that can be used';
  }
  const [first = ''] = certificates(cert);
  if (!new X509Certificate(first).checkPrivateKey(key)) return 'contains the key of another certificate';
  try {
    createSecureContext({ cert, key: pem });
    return null;
  } catch {
    return 'contains a key that is too weak for TLS, or of a kind that it does not have';
  }
}
