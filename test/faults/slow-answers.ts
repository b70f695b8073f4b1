import type { ServerResponse } from 'node:http';

/** In ms; often enough that no idle timeout ever ends. */
const pause = 100;

/** Writes for ever, or until the client has enough. */
function drip(response: ServerResponse, write: () => void): void {
  const timer = setInterval(write, pause);
  response.once('close', () => clearInterval(timer));
}

/** Answers that begin, but never end. */
export const slowAnswers = {
  'is silent': () => undefined,
  'drips its header': (response: ServerResponse) => {
    const { socket } = response;
    socket?.write('HTTP/1.1 200 OK\r\nX-Drip: ');
    drip(response, () => void socket?.write('.'));
  },
  'drips its body': (response: ServerResponse) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    drip(response, () => void response.write(' '));
  },
};
