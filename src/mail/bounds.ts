/** In bytes; a larger message is left out of an import. It is the most that an import holds in memory of one. */
export const largestMessage = 150 * 1024 * 1024;

/** In bytes; a message with a larger header is left out of an import. */
export const largestHeader = 4 * 1024 * 1024;

/** In bytes. A message is collected, written and read in parts of at most this size. */
export const partSize = 1024 * 1024;

/** `150 MB`, for people. */
export const megabytes = (bytes: number) => `${bytes / 1024 / 1024} MB`;
