import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { Finding } from '../../core/finding.ts';
import { count, visible } from '../../core/printable.ts';
import { ok, warning } from './verdicts.ts';

const day = 86_400_000;
/** As long as it takes to get a new one, with a weekend in between. */
const soon = 14 * day;

/**
 * What a connection that was accepted says about its certificates.
 *
 * @param whose whom it was accepted as
 */
export function certificateFinding(check: string, socket: TLSSocket, whose: string): Finding {
  const protocol = visible(socket.getProtocol() ?? 'TLS');
  const first = firstToExpire(socket.getPeerCertificate(true));
  if (first === null) return ok(check, `${protocol}, without a certificate`);
  return expiryFinding(check, `${protocol}, ${whose}`, first);
}

/** @param said what else there is to say about it */
export function expiryFinding(check: string, said: string, expiry: Expiry): Finding {
  if (expiry.until - Date.now() >= soon) return ok(check, `${said}, valid until ${dateOf(expiry)}`);
  return warning(check, `${said}, but ${expiryWords(expiry)}`, 'renew it on the server');
}

/** That a certificate of a connection has expired, and when; null if none has. */
export function expired(socket: TLSSocket): string | null {
  const first = firstToExpire(socket.getPeerCertificate(true));
  return first === null || first.until >= Date.now() ? null : expiryWords(first);
}

function expiryWords(expiry: Expiry): string {
  const left = expiry.until - Date.now();
  if (left < 0) return `the certificate of ${expiry.name} expired on ${dateOf(expiry)}`;
  const days = left < day ? 'less than a day' : count(Math.floor(left / day), 'day');
  return `the certificate of ${expiry.name} expires on ${dateOf(expiry)}, in ${days}`;
}

const dateOf = ({ until }: Expiry) => new Date(until).toISOString().slice(0, 10);

interface Expiry {
  name: string;
  until: number;
}

/** Of a certificate and those that signed it. */
function firstToExpire(leaf: DetailedPeerCertificate): Expiry | null {
  const chain: Expiry[] = [];
  const seen = new Set<string>();
  // The types say that each has an issuer; the last has itself, and an incomplete chain ends in none.
  let next = leaf as DetailedPeerCertificate | undefined;
  while (next?.fingerprint256 !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    const until = Date.parse(next.valid_to);
    const name = [(next.subject as { CN?: string | string[] } | undefined)?.CN].flat()[0];
    if (!Number.isNaN(until)) chain.push({ name: visible(name ?? 'the server'), until });
    next = next.issuerCertificate;
  }
  return chain.sort((a, b) => a.until - b.until)[0] ?? null;
}
