import type { TLSSocket } from 'node:tls';
import type { Finding } from '../../core/finding.ts';
import { isLoopback } from '../../core/loopback.ts';
import { visible } from '../../core/printable.ts';
import { explain } from '../../directory/http/explanations.ts';
import { secureOptions } from '../../directory/http/request.ts';
import type { HttpSettings } from '../../directory/http/settings.ts';
import { certificateFinding, expired, expiryFinding } from './certificate-expiry.ts';
import type { Place } from './directory-server.ts';
import { bareHost } from './host-addresses.ts';
import { moment, type Patience } from './patience.ts';
import { withTls } from './handshake.ts';
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
      const host = bareHost(place.host);
      try {
        return await withTls({ host, port: place.port, ...secureOptions(settings) }, signal, (socket) =>
          socket.authorized
            ? [certificateFinding(check, socket, `the certificate is good for ${visible(host)}`)]
            : [refusable(socket)],
        );
      } catch (error) {
        signal.throwIfAborted();
        const why = explain(error, visible(`${place.host}:${place.port}`), place.isProxy);
        return [failure(check, why, 'renew or replace it on the server')];
      }
    },
    `check that it is TLS that is spoken there (https in ${place.key})`,
  );
}

/** A certificate that is accepted only because `tls.ignoreWarnings` says so. */
function refusable(socket: TLSSocket): Finding {
  const reason = visible(String(socket.authorizationError));
  const end = expired(socket);
  const said = `the certificate would be refused (${reason}), and is accepted`;
  const hint = 'set directory.tls.caFile instead of ignoreWarnings: any server can pose as this one';
  return end === null
    ? warning(check, said, hint)
    : warning(check, `${said}; ${end}`, `renew it on the server, and ${hint}`);
}

function withoutTls({ url }: HttpSettings, { isProxy }: Place): Finding[] {
  const { protocol, hostname } = new URL(url);
  // It comes with the answer.
  if (protocol === 'https:') return [];
  if (!isProxy && isLoopback(hostname)) return [ok(check, 'none: nothing leaves this machine')];
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
