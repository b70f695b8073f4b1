import { visible } from '../core/printable.ts';

/** A position in the file; line and column count from 1. */
export interface Position {
  line: number;
  column: number;
}

/** One problem, with its position and key. Both strings are safe to print. */
export interface Problem extends Position {
  key: string;
  message: string;
}

export type Path = readonly PropertyKey[];

/** The problems of one file: at most one for each key, because a second one often follows from the first. */
export class Problems {
  readonly #locate: (path: Path) => Position;
  readonly #found = new Map<string, Problem>();

  constructor(locate: (path: Path) => Position) {
    this.#locate = locate;
  }

  /** @param named the key to show, if it is not the path itself */
  report(path: Path, message: string, named: Path = path): void {
    if (this.has(path)) return;
    const key = visible(named.map(String).join('.'));
    this.#found.set(idOf(path), { ...this.#locate(path), key, message: visible(message) });
  }

  has(path: Path): boolean {
    return this.#found.has(idOf(path));
  }

  /** All problems, in the order of the file. */
  list(): Problem[] {
    return [...this.#found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  }
}

const idOf = (path: Path) => JSON.stringify(path.map(String));
