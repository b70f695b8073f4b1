import type { TLSSocket } from 'node:tls';
import type { AfterSettings } from '../../after/after-settings.ts';
import { messageOf } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import { explain } from '../../directory/http/explanations.ts';
import { certificateFinding } from './certificate-expiry.ts';
import { connectHook, isSecure } from './hook-connection.ts';
import { resolveHost } from './host-addresses.ts';
import { moment, TooLate, type Patience } from './patience.ts';
import { failed, ok } from './verdicts.ts';

/** Whom a run tells about itself, in one section of the configuration. */
export interface Hooks {
  check: 'afterWebhook' | 'afterPing';
  /** Their paths are secrets. */
  urls: readonly string[];
  /** What names them in the configuration. */
  key: string;
}

/** Each host of these hooks: its name, a connection, and its certificate, or those of the proxy before it. */
export async function hookFindings(
  { check, urls, key }: Hooks,
  connection: AfterSettings['connection'],
  patience: Patience,
): Promise<Finding[]> {
  const hosts = new Map(urls.map((text) => new URL(text)).map((url) => [url.origin, url]));
  const found = [...hosts.values()].map((url) => hostFindings(check, url, key, connection, patience));
  return (await Promise.all(found)).flat();
}

async function hostFindings(
  check: string,
  url: URL,
  hookKey: string,
  connection: AfterSettings['connection'],
  patience: Patience,
): Promise<Finding[]> {
  const { proxy } = connection;
  const key = proxy === null ? hookKey : 'after.proxy';
  const { hostname } = proxy === null ? url : new URL(proxy);
  const { findings } = await resolveHost(check, hostname, key, patience);
  const flaws = findings.filter(({ grade }) => grade !== 'ok');
  if (flaws.some(({ grade }) => grade !== 'warning')) return flaws;
  const connected = await patience.step(check, 2 * moment, async () => {
    try {
      return [await patience.within(moment, (signal) => connect(check, url, connection, signal))];
    } catch (error) {
      return [unreached(check, url, key, proxy, error)];
    }
  });
  return [...flaws, ...connected];
}

async function connect(
  check: string,
  url: URL,
  connection: AfterSettings['connection'],
  signal: AbortSignal,
): Promise<Finding> {
  const certificates: Finding[] = [];
  await connectHook(url, connection, signal, (socket: TLSSocket) => {
    certificates.push(certificateFinding(check, socket, 'the certificate was verified'));
  });
  const said = acceptance(url, connection.proxy);
  const [certificate] = certificates;
  return certificate === undefined
    ? ok(check, `${said}; no request was sent`)
    : { ...certificate, message: `${said} (${certificate.message}); no request was sent` };
}

function acceptance(url: URL, proxy: string | null): string {
  const host = visible(url.host);
  if (proxy === null) return `${host} accepts connections`;
  const before = visible(new URL(proxy).host);
  return isSecure(url)
    ? `${host} accepts connections through the proxy ${before}`
    : `the proxy ${before} accepts connections, and is not asked for ${host}`;
}

function unreached(check: string, url: URL, key: string, proxy: string | null, error: unknown): Finding {
  const name = visible(proxy === null ? url.host : `${url.host} through ${new URL(proxy).host}`);
  if (error instanceof TooLate) return failed(check, `${name}: ${messageOf(error)}`, networkAdvice(key));
  // What it says behind the semicolon is about the directory.
  const [why = name] = explain(error, name, proxy !== null).message.split('; ', 1);
  return failed(check, why, adviceFor(error, key));
}

const networkAdvice = (key: string) => `check ${key}, the firewall, and the network between`;

function adviceFor(error: unknown, key: string): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (/SELF_SIGNED|^UNABLE_TO_/.test(code)) return 'trust it with after.tls.caFile';
  if (code === 'CERT_HAS_EXPIRED') return 'renew or replace it on the server';
  return networkAdvice(key);
}
