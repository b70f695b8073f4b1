/**
 * Where the users come from. rollcall only reads it.
 *
 * This is all that a synchronization needs, so another kind of directory is just another folder next to
 * application-integration/.
 */
export interface Directory {
  /** Its name in messages, without credentials. */
  readonly name: string;
  /**
   * Fetches the listing to its last byte, so that no transaction has to stay open while it arrives.
   *
   * @throws RollcallError when the answer is not complete
   */
  fetch: (signal: AbortSignal, events: FetchEvents) => Promise<Listing>;
  /** How long a login may take, in milliseconds. */
  readonly loginTimeout: number;
  /**
   * Asks whether a password is correct.
   *
   * @returns true only if the answer is an explicit yes
   * @throws RollcallError when there is no valid answer
   */
  checkPassword: (userName: string, password: string, signal: AbortSignal) => Promise<boolean>;
}

/** Progress while a listing arrives. */
export interface FetchEvents {
  /** @param date by the clock of the server; null if it does not say */
  answered?: (date: Date | null) => void;
  /** @param size of the whole listing, in bytes; null if it is unknown */
  received?: (bytes: number, size: number | null) => void;
  /** Of the directory, once it has answered over TLS. */
  certificate?: (expiresAt: Date) => void;
  retrying?: (reason: string, retriesLeft: number) => void;
}

/** A listing that has arrived completely. */
export interface Listing {
  /**
   * The raw entries in order, in batches; core/entry.ts reads them. May be called again, for the same entries.
   *
   * @throws RollcallError when the listing turns out to be malformed; some entries may have been returned by then
   */
  entries: () => AsyncIterable<unknown[]>;
  close: () => Promise<void>;
}
