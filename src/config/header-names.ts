/** Would change what the request means, how it is sent, or which part of the listing comes back. */
const fixed =
  /^(host|content-.*|transfer-encoding|connection|expect|upgrade|te|trailer|keep-alive|proxy-.*|accept-encoding|range|if-.*)$/i;

/** Why a header field must not have this name; undefined if it may. */
export function reasonAgainstField(name: string): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return 'is not a name of a header field';
  // Lost on its way through the HTTP client.
  if (/^constructor$/i.test(name)) return 'cannot be sent';
  return fixed.test(name) ? 'must not be set: it belongs to the request itself' : undefined;
}

/** The same for requests to the directory, which have their own settings for a password. */
export const reasonAgainstHeader = (name: string): string | undefined =>
  /^authorization$/i.test(name) ? 'put it in directory.authentication' : reasonAgainstField(name);
