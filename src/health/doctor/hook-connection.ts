import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { AfterSettings } from '../../after/after-settings.ts';
import { portOf } from '../../core/proxy-address.ts';
import { withTls } from './handshake.ts';
import { bareHost, knock } from './host-addresses.ts';

/**
 * Connects to the host of a URL as a delivery does, through the proxy if there is one, and hangs up. It sends no request: a
 * ping would be a false alarm. Through a proxy, only TLS shows the host itself.
 *
 * @param look what TLS says; not called without TLS
 */
export async function connectHook(
  url: URL,
  { ca, proxy }: AfterSettings['connection'],
  signal: AbortSignal,
  look: (socket: TLSSocket) => void,
): Promise<void> {
  const trust = ca === null ? {} : { ca };
  const first = proxy === null ? url : new URL(proxy);
  if (proxy !== null && isSecure(url)) {
    const socket = await openTunnel(first, url, trust, signal);
    try {
      await withTls({ ...placeOf(url), ...trust, socket }, signal, look);
    } finally {
      socket.destroy();
    }
  } else if (isSecure(first)) await withTls({ ...placeOf(first), ...trust }, signal, look);
  else await knock(placeOf(first).host, placeOf(first).port, signal);
}

export const isSecure = ({ protocol }: URL) => protocol === 'https:';

const placeOf = (url: URL) => ({
  host: bareHost(url.hostname),
  port: portOf(url),
});

/** A connection to a host that the proxy makes, and passes on all that is sent through it. */
function openTunnel(proxy: URL, url: URL, trust: { ca?: string }, signal: AbortSignal): Promise<Socket> {
  const request = isSecure(proxy) ? secureRequest : plainRequest;
  const target = `${url.hostname}:${portOf(url)}`;
  return new Promise((resolve, reject) => {
    const asked = request({
      ...{ ...placeOf(proxy), ...trust, signal, agent: false },
      ...{ method: 'CONNECT', path: target, headers: { Host: target } },
    });
    asked.once('error', reject);
    asked.once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new Error(`the proxy answered ${statusCode ?? 'nothing'}`));
    });
    asked.end();
  });
}
