/** What reading a source of mail gives: messages, and what is to be told about the rest. */
export type Found = FoundMessage | LeftOut | Noted;

export interface FoundMessage {
  type: 'message';
  /** Where to look for it: `inbox.mbox, message 3`. */
  place: string;
  /** The message, each part at most `partSize` bytes; emptied when it is stored. */
  parts: Buffer[];
}

/** A message, or what should have been one, that cannot be imported. */
export interface LeftOut {
  type: 'leftOut';
  place: string;
  reason: string;
}

/** What an administrator should look at; nothing that was taken for a message is missing. */
export interface Noted {
  type: 'noted';
  place: string;
  reason: string;
}

export const leftOut = (place: string, reason: string): LeftOut => ({ type: 'leftOut', place, reason });

export const noted = (place: string, reason: string): Noted => ({ type: 'noted', place, reason });
