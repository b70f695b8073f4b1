import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import { explain } from '../../directory/http/explanations.ts';
import { secureOptions } from '../../directory/http/request.ts';
import type { HttpSettings } from '../../directory/http/settings.ts';
import { certificateFinding, expiryFinding } from './certificate-expiry.ts';
import type { Place } from './directory-server.ts';
import { moment, type Patience } from './patience.ts';
import { failure, ok, skipped, warning } from './verdicts.ts';

const check = 'directoryCertificate';

/** Speaks TLS as a run would: the chain, the host, and how long the certificates are valid. */
export function directoryCertificate(
  settings: HttpSettings,
  place: Place,
  patience: Patience,
): Promise<Finding[]> {
  if (!place.isSecure) return Promise.resolve(withoutTls(settings, place));
  return patience.step(
    check,
    moment,
    async (signal) => {
      const host = place.host.replace(/^\[(.*)\]$/, '$1');
      const servername = isIP(host) === 0 ? { servername: host } : {};
      const socket = connect({ host, port: place.port, ...servername, ...secureOptions(settings) });
      // A failure after the handshake is of no interest.
      socket.on('error', () => undefined);
      try {
        await once(socket, 'secureConnect', { signal });
        if (socket.authorized)
          return [certificateFinding(check, socket, `the certificate is good for ${visible(host)}`)];
        const reason = visible(String(socket.authorizationError));
        const hint = 'set directory.tls.caFile instead of ignoreWarnings: any server can pose as this one';
        return [warning(check, `the certificate would be refused (${reason}), and is accepted`, hint)];
      } catch (error) {
        signal.throwIfAborted();
        const why = explain(error, visible(`${place.host}:${place.port}`), place.isProxy);
        return [failure(check, why, 'renew or replace it on the server')];
      } finally {
        socket.destroy();
      }
    },
    `check that it is TLS that is spoken there (https in ${place.key})`,
  );
}

function withoutTls({ url }: HttpSettings, { isProxy }: Place): Finding[] {
  const { protocol, hostname } = new URL(url);
  // It comes with the answer.
  if (protocol === 'https:') return [];
  if (!isProxy && /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname))
    return [ok(check, 'none: nothing leaves this machine')];
  const hint = 'use https in directory.url: names, and the passwords of logins, can be read on the way';
  return [warning(check, 'none: the connection is not encrypted', hint)];
}

/** The certificate of a directory behind a proxy, which only its answer shows. */
export function certificateBehind(expiresAt: Date | null): Finding {
  if (expiresAt === null) return skipped(check, 'nothing was seen of it through the proxy');
  return expiryFinding(check, 'seen through the proxy', {
    name: 'the directory',
    until: expiresAt.getTime(),
  });
}
