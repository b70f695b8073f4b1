import { isIPv6 } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { portOf } from '../../core/proxy-address.ts';
import type { ServerSettings } from '../../directory/application-integration/password.ts';
import { explain } from '../../directory/http/explanations.ts';
import { resolveHost, tryAddresses, type Attempt } from './host-addresses.ts';
import { certificateBehind, directoryCertificate } from './directory-certificate.ts';
import { directoryAnswer, type Arrival } from './directory-answer.ts';
import { TooLate, type Patience } from './patience.ts';
import { failed, failure, isFit, ok, skipped, warning } from './verdicts.ts';

const unreached = 'the directory cannot be reached';

/** A directory that is a server: its name, connection, certificate and answer, or those of its proxy before it. */
export async function* serverSteps(
  settings: ServerSettings,
  arrival: Arrival,
  patience: Patience,
): AsyncGenerator<Finding> {
  const place = placeOf(settings);
  const { addresses, findings: named } = await resolveHost('directoryName', place.host, place.key, patience);
  yield* named;
  const connected = isFit(named)
    ? connectionFindings(await tryAddresses(addresses, place.port, patience), place)
    : [skipped('directoryConnection', 'the address is unknown')];
  yield* connected;
  if (![...named, ...connected].every(isReached)) {
    yield skipped('directoryCertificate', unreached);
    yield skipped('directoryAnswer', unreached);
    return;
  }
  const trusted = await directoryCertificate(settings, place, patience);
  yield* trusted;
  if (isFit(trusted)) yield* await directoryAnswer(settings, arrival, patience);
  else yield skipped('directoryAnswer', 'there is no connection to ask through');
  if (trusted.length === 0) yield certificateBehind(arrival.expiresAt);
}

const isReached = ({ grade }: Finding) => grade === 'ok' || grade === 'warning';

/** What is connected to: the server of the directory, or the proxy before it. */
export interface Place {
  host: string;
  port: number;
  isSecure: boolean;
  isProxy: boolean;
  /** What names it in the configuration. */
  key: string;
}

function placeOf({ url, proxy }: ServerSettings): Place {
  const first = new URL(proxy ?? url);
  return {
    host: first.hostname,
    port: portOf(first),
    isSecure: first.protocol === 'https:',
    isProxy: proxy !== null,
    key: proxy === null ? 'directory.url' : 'directory.proxy',
  };
}

/** What the attempts to connect to each address of a name say. */
export function connectionFindings(
  attempts: readonly Attempt[],
  { isProxy, key }: Pick<Place, 'isProxy' | 'key'>,
): Finding[] {
  const check = 'directoryConnection';
  const what = isProxy ? 'the proxy' : 'the directory';
  const good = attempts.filter(({ took }) => took !== null);
  const bad = attempts.filter(({ took }) => took === null);
  const reachable = `${what} accepts connections at ${good.map(nameOf).join(' and ')}`;
  if (bad.length === 0) return [ok(check, `${reachable} (${Math.max(...good.map(tookOf))} ms)`)];
  const reasons = bad.map((attempt) => reasonOf(attempt, isProxy)).join('; ');
  if (good.length > 0) {
    const isClassic =
      bad.every(({ address }) => isIPv6(address)) && !good.some(({ address }) => isIPv6(address));
    const hint = isClassic
      ? 'IPv6 is broken, and IPv4 works: mend the route, or take the IPv6 address (AAAA) out of the name'
      : 'mend it, or take the address out of the name: whoever tries it first has to wait';
    return [warning(check, `${reachable}, but ${reasons}`, hint)];
  }
  return bad.map((attempt) => {
    const advice = `check ${key}, the firewall, and the network between`;
    if (attempt.error instanceof TooLate) return failed(check, reasonOf(attempt, isProxy), advice);
    return failure(check, explain(attempt.error, nameOf(attempt), isProxy), advice);
  });
}

const nameOf = ({ address, port }: Attempt) =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
const tookOf = ({ took }: Attempt) => took ?? 0;

function reasonOf(attempt: Attempt, isProxy: boolean): string {
  if (attempt.error instanceof TooLate) return `${nameOf(attempt)}: ${messageOf(attempt.error)}`;
  return explain(attempt.error, nameOf(attempt), isProxy).message.split('; ', 1)[0] ?? '';
}
