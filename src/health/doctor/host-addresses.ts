import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import { moment, type Patience } from './patience.ts';
import { failed, ok, warning } from './verdicts.ts';

/** A resolver that takes longer is asked at every run. */
const slow = 1_000;

/** The host of a URL without the brackets of an IPv6 address. */
export const bareHost = (host: string) => host.replace(/^\[(.*)\]$/, '$1');

/** The addresses of a host name, and what they say about it. */
export interface Resolved {
  addresses: readonly string[];
  findings: Finding[];
}

/**
 * Looks a host name up as the system does.
 *
 * @param check the code of the finding
 * @param key what names the host in the configuration
 */
export async function resolveHost(
  check: string,
  host: string,
  key: string,
  patience: Patience,
): Promise<Resolved> {
  const bare = bareHost(host);
  const name = visible(bare);
  if (isIP(bare) !== 0) return { addresses: [bare], findings: [ok(check, `${name} is an address`)] };
  const began = Date.now();
  let addresses: string[] = [];
  const findings = await patience.step(
    check,
    moment,
    async () => {
      try {
        addresses = (await lookup(bare, { all: true, verbatim: true })).map(({ address }) => address);
      } catch (error) {
        return [unresolved(check, name, key, error)];
      }
      const took = Date.now() - began;
      const said = `${name} is ${addresses.join(', ')}`;
      if (took <= slow) return [ok(check, said)];
      const hint = 'every run waits for that: look at the name servers of this machine (/etc/resolv.conf)';
      return [warning(check, `${said}, found only after ${(took / 1_000).toFixed(1)} s`, hint)];
    },
    'the name servers of this machine (/etc/resolv.conf) do not answer',
  );
  return { addresses, findings };
}

function unresolved(check: string, name: string, key: string, error: unknown): Finding {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOTFOUND') return failed(check, `there is no host ${name}`, `correct ${key}`);
  return failed(
    check,
    `the name ${name} cannot be resolved: ${visible(messageOf(error))}`,
    `check ${key}, and the name servers of this machine (/etc/resolv.conf)`,
  );
}

/** Whether somebody accepts connections at an address: how long it took, or why not. */
export interface Attempt {
  address: string;
  port: number;
  /** In milliseconds; null if it failed. */
  took: number | null;
  error: unknown;
}

/** Connects to each address, all at once. */
export const tryAddresses = (addresses: readonly string[], port: number, patience: Patience) =>
  Promise.all(addresses.map((address) => tryAddress(address, port, patience)));

async function tryAddress(address: string, port: number, patience: Patience): Promise<Attempt> {
  const began = Date.now();
  try {
    await patience.within(moment, (signal) => knock(address, port, signal));
    return { address, port, took: Date.now() - began, error: null };
  } catch (error) {
    return { address, port, took: null, error };
  }
}

/** Connects, and hangs up. */
export function knock(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
