/** The port that a URL means, also where it names none. */
export const portOf = ({ protocol, port }: URL): number => Number(port || (protocol === 'https:' ? 443 : 80));

/** The URL of a proxy, in the form of the HTTP client. */
export function proxyOf(text: string) {
  const url = new URL(text);
  return { protocol: url.protocol, host: url.hostname, port: portOf(url) };
}
