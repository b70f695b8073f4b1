import { X509Certificate } from 'node:crypto';

/** Whether a text contains PEM certificates, and all of them are readable: TLS would ignore one that it cannot read. */
export function holdsCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}
