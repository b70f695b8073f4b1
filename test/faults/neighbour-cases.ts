import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { saidOneLine, type Ended } from '../support/launch.ts';
import type { Kind } from './stand.ts';
import { folderTraps, lockTraps, type Neighbour, type Trap } from './traps.ts';

export const uid = process.getuid?.() ?? 0;

export interface Case {
  /** What is trapped. */
  name: string;
  trap: Trap;
  command: string;
  /** Where the trap is laid, in a folder that anyone can write to; `peace` is what a run has left in another one. */
  place: (folder: string, peace: string) => string;
  isRight: (end: Ended, folder: string) => boolean;
}

/** The folder of locks, and the one of an embedded store. */
export const locks = (folder: string) => join(folder, `rollcall-${uid}`);
export const store = (folder: string) => join(folder, 'store');

/** Wherever they are. */
export const locksBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.lock'));

export function casesOn(kind: Kind, neighbour: Neighbour): Case[] {
  const all = kind === 'postgres' ? onPostgres() : onEmbedded(neighbour);
  return all.filter(({ trap }) => neighbour !== undefined || trap.owner !== 'neighbour');
}

/** A run goes on without a lock of the machine, and says so. */
function onPostgres(): Case[] {
  const isRight = ({ code, stderr }: Ended, folder: string) =>
    code === 0 && /^[^\n]+\n$/.test(stderr) && stderr.includes(locks(folder));
  return ['sync now', 'sync test'].flatMap((command) => [
    ...folderTraps.map((trap) => ({ name: 'the folder of locks', trap, command, place: locks, isRight })),
    ...lockTraps.map((trap) => ({ name: 'the lock', trap, command, place: inLocks, isRight })),
  ]);
}

function onEmbedded(neighbour: Neighbour): Case[] {
  const isRefused = (end: Ended, folder: string) =>
    end.code === 1 &&
    saidOneLine(end) &&
    end.stderr.includes(store(folder)) &&
    !end.stderr.includes('a bug in');
  const saysWhose = (end: Ended, folder: string) =>
    isRefused(end, folder) && new RegExp(`nobody|${neighbour?.uid ?? ''}`).test(end.stderr);
  const foreign = folderTraps.filter(({ owner }) => owner === 'neighbour');
  const name = 'the store';
  return ['users list', 'sync now'].flatMap((command) => [
    ...foreign.map((trap) => ({ name, trap, command, place: store, isRight: saysWhose })),
    { name, trap: wholeStore, command, place: copyOfStore, isRight: saysWhose },
    ...lockTraps.map((trap) => ({ name: 'its lock', trap, command, place: inStore, isRight: isRefused })),
  ]);
}

const wholeStore: Trap = { owner: 'neighbour', what: 'a used one of the neighbour', lay: () => undefined };

function copyOfStore(folder: string, peace: string): string {
  cpSync(store(peace), store(folder), { recursive: true });
  return store(folder);
}

function inLocks(folder: string, peace: string): string {
  mkdirSync(locks(folder), { mode: 0o700 });
  return join(locks(folder), basename(locksBelow(peace)[0] ?? 'none.lock'));
}

function inStore(folder: string): string {
  mkdirSync(store(folder), { mode: 0o700 });
  return join(store(folder), 'lock');
}
