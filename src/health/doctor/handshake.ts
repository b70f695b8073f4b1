import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

/**
 * Speaks TLS with a host, and hangs up.
 *
 * @param options also with the `socket` of a tunnel to it
 * @param look what the connection says
 */
export async function withTls<T>(
  options: ConnectionOptions & { host: string; port: number },
  signal: AbortSignal,
  look: (socket: TLSSocket) => T,
): Promise<T> {
  // The name of a server must not be an address.
  const servername = isIP(options.host) === 0 ? { servername: options.host } : {};
  const socket = connect({ ...servername, ...options });
  // A failure after the handshake is of no interest.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'secureConnect', { signal });
    return look(socket);
  } finally {
    socket.destroy();
  }
}
