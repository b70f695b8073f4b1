import { buffer } from 'node:stream/consumers';
import { RollcallError } from '../../core/errors.ts';
import { visible } from '../../core/printable.ts';
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

async function resolve(addresses: string[], options: OptionsOf<typeof define>): Promise<void> {
  const { addressKeyOf } = await import('../../mail/addresses.ts');
  const { resolveArchives } = await import('../../mail/resolve.ts');
  const keys = addresses.length > 0 ? addresses.map(addressKeyOf) : await addressesOfStdin();
  const names = await withStore(options, ({ store, signal }) => resolveArchives(store, keys, signal));
  if (options.format === 'json') {
    await printJson('archives resolve', [{ type: 'resolve', addresses: keys, archives: names }]);
  } else await say(names.map(visible).join('\n'));
}

async function addressesOfStdin(): Promise<string[]> {
  if (process.stdin.isTTY)
    throw new RollcallError('usage', 'resolve needs an address, or a message on standard input');
  const { addressesOf } = await import('../../mail/addresses.ts');
  try {
    return await addressesOf(await buffer(process.stdin));
  } catch {
    throw new RollcallError('failed', 'standard input is not a message: it has no header');
  }
}
