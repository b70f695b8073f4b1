import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A directory in a process of its own: serves the files of a folder, whole and uncompressed, and accepts any password. */
const folder = process.argv[2] ?? '.';

const server = createServer((request, response) => {
  void (async () => {
    const command = new URLSearchParams(await text(request)).get('cmd');
    if (command !== 'list') {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"authenticated":true}');
      return;
    }
    const file = join(folder, basename(request.url ?? ''));
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': statSync(file).size });
    createReadStream(file, { highWaterMark: 256 * 1024 }).pipe(response);
  })();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

// It ends with the benchmark, however that ends.
process.once('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
