const head = 'From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n';

/** Quotes a message for an mbox (mboxrd), part by part; `readMbox` restores it. */
export async function* toMbox(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(head);
  let held = '';
  /** Whether nothing but `>` has come of the line. */
  let isOpen = true;
  let last = '';
  for await (const part of parts) {
    const text = held + part.toString('latin1');
    held = /Fr?o?m?$/.exec(text.slice(-4))?.[0] ?? '';
    const ready = text.slice(0, text.length - held.length);
    yield Buffer.from(quoted(ready, isOpen), 'latin1');
    isOpen = (isOpen && /^>*$/.test(ready)) || /\n>*$/.test(ready);
    last = text.slice(-1);
  }
  // A message without a final newline gets one: an mbox cannot represent its absence.
  yield Buffer.from(held + (last === '\n' ? '\n' : '\n\n'), 'latin1');
}

/** One more `>` where `From ` follows nothing but `>`. It does not matter which of them is new. */
const quoted = (text: string, isOpen: boolean) =>
  text.replace(isOpen ? /(^|\n)(>*From )/g : /(\n)(>*From )/g, '$1>$2');
