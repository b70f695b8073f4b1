import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { nobody } from '../servers/workspace.ts';

/** What a neighbour puts where rollcall wants a folder or a file of its own. */
export interface Trap {
  what: string;
  /** Puts it there; `victims` has a file `diary` and a folder `home` that must stay as they are. */
  lay: (path: string, victims: string) => void;
  /** Whose it is; as a user who may give nothing away, only links and the like can be tried. */
  owner: 'us' | 'neighbour' | 'neighbour if possible';
}

const folder = (mode: number) => (path: string) => {
  mkdirSync(path);
  chmodSync(path, mode);
};
const link = (target: string) => (path: string, victims: string) => symlinkSync(join(victims, target), path);
const pipe = (path: string) => void execFileSync('mkfifo', [path]);

const ours = { owner: 'us' } as const;
const theirs = { owner: 'neighbour' } as const;
const either = { owner: 'neighbour if possible' } as const;

/** In place of the folder of locks. */
export const folderTraps: Trap[] = [
  { ...theirs, what: 'a closed folder of the neighbour', lay: folder(0o700) },
  { ...theirs, what: 'an open folder of the neighbour', lay: folder(0o777) },
  { ...ours, what: 'a folder that all can write to', lay: folder(0o777) },
  { ...ours, what: 'a folder that the group can write to', lay: folder(0o770) },
  { ...ours, what: 'a folder that all can read', lay: folder(0o755) },
  { ...either, what: 'a link to our folder', lay: link('home') },
  { ...either, what: 'a link to nowhere', lay: link('nowhere') },
  { ...either, what: 'a link to a file', lay: link('diary') },
  { ...either, what: 'a file', lay: (path) => writeFileSync(path, '', { mode: 0o666 }) },
  { ...either, what: 'a pipe', lay: pipe },
];

/** In place of a lock. */
export const lockTraps: Trap[] = [
  // An owner of its own would be one of the victim, too.
  { ...ours, what: 'a hard link', lay: (path, victims) => linkSync(join(victims, 'diary'), path) },
  { ...either, what: 'a link', lay: link('diary') },
  { ...either, what: 'a link to nowhere', lay: link('nowhere') },
  { ...either, what: 'a pipe', lay: pipe },
  { ...either, what: 'a folder', lay: folder(0o777) },
];

/** Whose traps they are: as root, those of `nobody`; otherwise there is no neighbour. */
export const findNeighbour = () => (process.getuid?.() === 0 ? nobody() : undefined);

export type Neighbour = Awaited<ReturnType<typeof findNeighbour>>;

/** Makes the victims, too. */
export function lay({ lay, owner }: Trap, path: string, victims: string, neighbour: Neighbour): void {
  mkdirSync(join(victims, 'home'), { recursive: true, mode: 0o700 });
  writeFileSync(join(victims, 'diary'), 'Dear diary\n', { mode: 0o600 });
  lay(path, victims);
  if (owner !== 'us' && neighbour !== undefined) lchownSync(path, neighbour.uid, neighbour.gid);
}

/** All that can be seen of what is in a folder, without a look at the folder itself. */
export function picture(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const stat = lstatSync(path);
    const { mode, uid, gid, nlink, size, mtimeMs } = stat;
    const seen = [path, mode.toString(8), uid, gid, nlink, size, mtimeMs].join(' ');
    if (stat.isDirectory()) return [seen, ...picture(path)];
    if (stat.isSymbolicLink()) return [`${seen} ${readlinkSync(path)}`];
    return [
      stat.isFile() ? `${seen} ${createHash('sha256').update(readFileSync(path)).digest('hex')}` : seen,
    ];
  });
}

/** What differs between two pictures, in one line; nothing if they are the same. */
export function differences(before: readonly string[], after: readonly string[]): string[] {
  const gone = before.filter((line) => !after.includes(line));
  const added = after.filter((line) => !before.includes(line));
  const some = (lines: string[]) => `${lines.length} (${lines.slice(0, 2).join('; ')})`;
  return gone.length + added.length === 0 ? [] : [`not as it was: lost ${some(gone)}, new ${some(added)}`];
}
