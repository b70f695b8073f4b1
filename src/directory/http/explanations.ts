import { messageOf } from '../../core/errors.ts';
import { visible } from '../../core/printable.ts';
import { TransportError } from './settings.ts';

/**
 * Explains a failure of the network, TLS or HTTP. The message never contains what was sent.
 *
 * @param name the name of the directory in messages
 * @param viaProxy whether the connection goes to a proxy
 */
export function explain(error: unknown, name: string, viaProxy: boolean): TransportError {
  const code = codeOf(error);
  const kind = viaProxy && code === 'ECONNREFUSED' ? 'PROXY' : code;
  const explained = code.startsWith('ERR__ERROR_') ? damaged : (alertText(error) ?? explanations[kind]);
  const words = explained ?? `${visible(messageOf(error))}${code === '' ? '' : ` (${code})`}`;
  return new TransportError(`${name}: ${words}`, passing.has(code));
}

const codeOf = (error: unknown) =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';

const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** gzip and deflate fail with Z_DATA_ERROR, brotli with one of many codes that start with ERR__ERROR_. */
const damaged = 'the compressed answer is damaged';

/** A server that rejects a certificate says why, in the alerts of TLS; with TLS 1.3, only after the handshake. */
function alertText(error: unknown): string | undefined {
  const [, number = ''] = /SSL alert number (\d+)/.exec(messageOf(error)) ?? [];
  return alerts[number];
}

const alerts: Record<string, string> = {
  40: 'the server ended the TLS handshake; it may require a client certificate (directory.tls.certFile)',
  42: 'the server rejected the client certificate (directory.tls.certFile)',
  43: 'the server does not accept this kind of client certificate (directory.tls.certFile)',
  44: 'the server rejected the client certificate, which was revoked (directory.tls.certFile)',
  45: 'the server rejected the client certificate, which has expired (directory.tls.certFile)',
  46: 'the server rejected the client certificate (directory.tls.certFile)',
  48: 'the server does not trust the authority of the client certificate (directory.tls.certFile)',
  49: 'the server does not give access to the client certificate (directory.tls.certFile)',
  70: 'the server does not speak TLS 1.2 or 1.3',
  116: 'the server requires a client certificate; set directory.tls.certFile and keyFile',
};

const explanations: Record<string, string> = {
  HPE_HEADER_OVERFLOW: 'the header of the answer is too large',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'the answer contradicts itself about its length',
  HPE_INVALID_CONTENT_LENGTH: 'the answer contradicts itself about its length',
  HPE_INVALID_TRANSFER_ENCODING: 'the answer contradicts itself about its length',
  PROXY: 'the proxy refused the connection; check directory.proxy',
  ECONNREFUSED: 'the connection was refused; is the directory running there?',
  ECONNRESET: 'the connection was cut before the answer was complete',
  ECONNABORTED: 'the connection was cut before the answer was complete',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut before the answer was complete',
  ENOTFOUND: 'the host is unknown; check directory.url',
  EAI_AGAIN: 'the host name could not be resolved',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'the certificate is self-signed; trust it with directory.tls.caFile (or tls.ignoreWarnings)',
  SELF_SIGNED_CERT_IN_CHAIN:
    'the certificate comes from a private authority; trust it with directory.tls.caFile (or tls.ignoreWarnings)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the certificate comes from an unknown authority; trust it with directory.tls.caFile (or tls.ignoreWarnings)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the certificate comes from an unknown authority; trust it with directory.tls.caFile (or tls.ignoreWarnings)',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host; check directory.url',
  EPROTO: 'the server does not speak TLS; is it http:// rather than https://?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS; is it http:// rather than https://?',
  HPE_INVALID_CONSTANT: 'the server does not speak HTTP; is it https:// rather than http://?',
  Z_BUF_ERROR: 'the compressed answer is truncated',
  Z_DATA_ERROR: damaged,
};
