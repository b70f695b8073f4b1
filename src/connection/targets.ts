import { existsSync } from 'node:fs';
import { isWholeNumber } from './keywords.ts';
import { Refusal, type Settings } from './connection-settings.ts';

/** Where the packages of all systems put the socket. A server that was built by hand puts it into /tmp. */
const packaged = '/var/run/postgresql';
const builtByHand = '/tmp';

/**
 * The folder of the socket if no host is named. Anybody can put a socket into /tmp, so it only counts where the other
 * folder does not exist.
 */
export const defaultFolder = (): string => (existsSync(packaged) ? packaged : builtByHand);

/**
 * The hosts with their ports, in their order.
 *
 * @throws Refusal
 */
export function targetsOf(settings: Settings): { host: string; port: number }[] {
  const hosts = settings.get('host').split(',');
  const ports = settings
    .get('port')
    .split(',')
    .map((port) => portOf(port, settings));
  if (ports.length > 1 && ports.length !== hosts.length)
    throw new Refusal(`${settings.origin('port')} must be one number, or one for each host`);
  return hosts.map((host, i) => {
    if (host.indexOf('@') > 0)
      throw new Refusal(
        `${settings.origin('host')} must not contain an @; a user and a password have keywords of their own`,
      );
    if (host.startsWith('@')) throw new Refusal(`${settings.origin('host')} must not be an abstract socket`);
    return { host: host || defaultFolder(), port: ports[i] ?? ports[0] ?? 5432 };
  });
}

function portOf(port: string, settings: Settings): number {
  const number = Number(port || 5432);
  if ((port !== '' && !isWholeNumber(port)) || number < 1 || number > 65_535)
    throw new Refusal(`${settings.origin('port')} must be a number from 1 to 65535`);
  return number;
}
