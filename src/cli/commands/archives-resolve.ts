import { RollcallError } from '../../core/errors.ts';
import { catchAll } from '../../core/names.ts';
import { visible } from '../../core/printable.ts';
import { addressesOfMessage, addressKeysIn, headerTooLarge } from '../../mail/addresses.ts';
import { readMail } from '../../mail/reading/sources.ts';
import { resolveArchives } from '../../mail/resolve.ts';
import { withStore } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printJson, say } from '../output.ts';

const define = (archives: Group) =>
  archives
    .command('resolve')
    .description('print the archives that an address, or the message on standard input, belongs to')
    .argument('[address...]')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall archives resolve john.doe@example.com');

export const addArchivesResolve = (archives: Group) =>
  define(archives).action((addresses, _, command) => resolve(addresses, command.optsWithGlobals()));

/** In characters. */
const widest = 60;

async function resolve(texts: string[], options: OptionsOf<typeof define>): Promise<void> {
  const keys = texts.length > 0 ? [...new Set(texts.flatMap(addressesIn))] : await addressesOfStdin();
  const { archives, addresses } = await withStore(options, ({ store, signal }) =>
    resolveArchives(store, keys, signal),
  );
  if (options.format === 'json') {
    const found = addresses.map((each) => ({ type: 'address', ...each }));
    await printJson('archives resolve', [{ type: 'resolve', addresses: keys, archives }, ...found]);
    return;
  }
  const lines = addresses.flatMap(({ address, archives: its }) =>
    (its.length > 0 ? its : ['(no user)']).map((name) => [address, name]),
  );
  if (archives.includes(catchAll)) lines.push(['(none of these)', catchAll]);
  const width = lines.reduce(
    (most, [address = '']) => Math.max(most, Math.min(widest, visible(address).length)),
    0,
  );
  await say(
    lines
      .map(([address = '', name = '']) => `${visible(address).padEnd(width)}  ${visible(name)}`)
      .join('\n'),
  );
}

function addressesIn(text: string): string[] {
  const keys = addressKeysIn(text);
  if (keys.length > 0 && keys.every((key) => key.includes('@'))) return keys;
  throw new RollcallError(
    'usage',
    `${visible(text)} is not an address; a message is read from standard input: resolve < message.eml`,
  );
}

async function addressesOfStdin(): Promise<string[]> {
  if (process.stdin.isTTY)
    throw new RollcallError('usage', 'resolve needs an address, or a message on standard input');
  let addresses: string[] | null = null;
  for await (const found of readMail('-', process.stdin, new AbortController().signal)) {
    if (found.type === 'noted') continue;
    if (found.type === 'leftOut') throw new RollcallError('failed', `${found.place}: ${found.reason}`);
    if (addresses !== null) throw new RollcallError('failed', 'standard input has more than one message');
    addresses = addressesOfMessage(found.parts);
    if (addresses === null) throw new RollcallError('failed', `${found.place}: ${headerTooLarge}`);
  }
  return addresses ?? [];
}
