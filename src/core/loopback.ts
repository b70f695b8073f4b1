/** Whether the host of a URL is this machine, so that nothing travels over a network. */
export const isLoopback = (host: string) => /^(localhost|127\.[\d.]+|\[::1\])$/.test(host);
