import { parseObject } from '../../directory/application-integration/password.ts';
import { send, type Sent } from '../../directory/http/request.ts';
import { nameOf, TransportError, type HttpSettings } from '../../directory/http/settings.ts';
import { withoutName } from './transfer.ts';

/** What one small request got. */
export interface Probed {
  /** Null when there was no answer, or not a whole one. */
  status: number | null;
  /** Of a 200 answer: its beginning. It may repeat a password, and is never shown. */
  text: string;
  /** Why it is not 200; safe to show. */
  problem: string;
}

/** In bytes. A listing may be longer, and is recognized by how it begins. */
const longest = 64 * 1024;

/** Sends a request that gets a short answer, and waits no longer than for a login or a minute. */
export async function probe(
  settings: HttpSettings,
  sent: Sent,
  signal: AbortSignal,
  longestWait = 60_000,
): Promise<Probed> {
  const { connect, idle, total } = settings.timeouts;
  const within = (ms: number) => Math.min(ms, longestWait);
  const timeouts = { connect: within(connect), idle: within(idle), total: within(total) };
  try {
    const { body } = await send({ ...settings, timeouts, maxSize: Infinity }, sent, signal);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > longest) break;
    }
    const text = Buffer.concat(chunks)
      .toString()
      .replace(/^\ufeff/, '');
    return { status: 200, text, problem: '' };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    // Its timeouts are not those of the configuration.
    const problem = withoutName(error.message, nameOf(settings.url)).replace(/ \(timeouts\.\w+\)$/, '');
    return { status: error.status, text: '', problem };
  }
}

/** Whether an answer lists anybody. */
export const isListing = ({ text }: Probed) => /^\s*\[\s*[^\s\]]/.test(text);

/** Whether an answer says yes to a login. */
export const saysYes = ({ text }: Probed, member: string) => answerOf(text, member) === true;

/** A member of an object; undefined when there is none. */
export function answerOf(text: string, member: string): unknown {
  const answer = parseObject(text);
  return answer !== null && Object.hasOwn(answer, member) ? answer[member] : undefined;
}
