/** The URL of a proxy, in the form of the HTTP client. */
export function proxyOf(url: string) {
  const { protocol, hostname, port } = new URL(url);
  return { protocol, host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}
