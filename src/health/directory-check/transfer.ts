import { isAscii } from 'node:buffer';
import type { Finding } from '../../core/finding.ts';
import { send } from '../../directory/http/request.ts';
import { nameOf, secretsIn, TransportError, type HttpSettings } from '../../directory/http/settings.ts';
import type { Arrived } from '../../directory/listing/arrived.ts';
import { Spool } from '../../files/spool.ts';
import { failed } from './graded.ts';

/** A listing that has arrived completely, and how. */
export interface Transferred extends Arrived {
  encoding: string;
  framing: 'length' | 'chunked' | 'none';
  /** Whether all of its bytes are ASCII, so that its charset does not matter. */
  isAscii: boolean;
  /** Its first bytes. */
  start: Buffer;
  /** How long it took, in milliseconds. */
  took: number;
}

/** Why no listing arrived. */
export interface NotArrived {
  /** Of an answer that is not 200; null when there was none. */
  status: number | null;
  problem: string;
}

/** Fetches the listing once. The caller closes its body. */
export async function transfer(
  settings: HttpSettings,
  signal: AbortSignal,
  encodings?: string,
): Promise<Transferred | NotArrived> {
  const began = performance.now();
  const spool = await Spool.create();
  try {
    const sent = { fields: { cmd: 'list' }, ...(encodings !== undefined && { encodings }) };
    const { contentType, encoding, framing, body } = await send(settings, sent, signal);
    let start: Buffer = Buffer.alloc(0);
    let ascii = true;
    for await (const chunk of body) {
      if (start.length < 4) start = Buffer.concat([start, chunk.subarray(0, 4)]);
      ascii &&= isAscii(chunk);
      await spool.write(chunk);
    }
    await spool.flush();
    const took = performance.now() - began;
    const [name, secrets] = [nameOf(settings.url), secretsIn(settings)];
    return { contentType, body: spool, name, secrets, encoding, framing, isAscii: ascii, start, took };
  } catch (error) {
    await spool.close();
    if (!(error instanceof TransportError)) throw error;
    return { status: error.status, problem: withoutName(error.message, nameOf(settings.url)) };
  }
}

/** A finding has no room for the URL, which everybody knows. */
export const withoutName = (message: string, name: string) =>
  message.startsWith(name) ? message.slice(name.length).replace(/^:? /, '') : message;

export function answerProblem({ status, problem }: NotArrived, { authentication }: HttpSettings): Finding {
  if (status === null) return failed('answer', problem, unreachable);
  const hint = status === 401 && authentication === null ? withoutService : hints[status];
  return failed('answer', problem, hint ?? wrongStatus);
}

const unreachable = 'let the server answer a POST with cmd=list completely, and see what its own log says';
const wrongStatus =
  'answer a POST with cmd=list with the status 200; the log of the server may say why it is not';
const withoutService =
  'put directory.url and directory.authentication into rollcall.yaml, and check without a URL';
const hints: Record<number, string> = {
  301: 'use the final address; a redirect would send passwords to another server',
  302: 'answer at this address; a login page or a redirect is no list',
  307: 'use the final address; a redirect would send passwords to another server',
  308: 'use the final address; a redirect would send passwords to another server',
  401: 'compare directory.authentication with what the directory expects',
  404: 'check the address, with its path and a / at its end',
  405: 'accept POST, not only GET',
};
