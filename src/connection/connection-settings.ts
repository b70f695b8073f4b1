import { resolve } from 'node:path';
import type { Given } from './given.ts';
import { keywords, valueProblem } from './keywords.ts';

/** Who connects, and from where. */
export interface Account {
  env: Readonly<Record<string, string | undefined>>;
  /** The name of the effective user ID, if it has one. */
  userName: string | null;
  home: string;
  /** The base of relative paths in the text. */
  folder: string;
}

/** Why a connection cannot be used. The message repeats no value but the paths of files. */
export class Refusal extends Error {}

/** The values of a connection: those of the text, then those of the environment. */
export class Settings {
  readonly #given: ReadonlyMap<string, string>;
  readonly #account: Account;

  /** @throws Refusal for a value that is wrong or not supported */
  constructor(given: readonly Given[], account: Account) {
    this.#given = new Map(given.map(({ keyword, value }) => [keyword, value]));
    this.#account = account;
    for (const keyword of Object.keys(keywords)) {
      const value = this.value(keyword);
      const problem = value === undefined ? null : valueProblem(keyword, value);
      if (problem !== null) throw new Refusal(`${this.origin(keyword)} ${problem}`);
    }
  }

  /** The value of a keyword, which may be empty; undefined if there is none. */
  value(keyword: string): string | undefined {
    const value = this.#given.get(keyword) ?? this.#variable(keywords[keyword]?.variable);
    const isOldWay = keyword === 'sslmode' && this.#variable('PGREQUIRESSL')?.startsWith('1');
    return value ?? (isOldWay ? 'require' : undefined);
  }

  /** The value of a keyword, or the default if there is none or it is empty. */
  get(keyword: string, otherwise = ''): string {
    return this.value(keyword) || otherwise;
  }

  number(keyword: string): number | null {
    const value = this.get(keyword);
    return value === '' ? null : Number(value);
  }

  /** The file that a keyword names; null if it names none. Paths in the environment are relative to where we are. */
  path(keyword: string): string | null {
    const value = this.get(keyword);
    if (value === '') return null;
    return this.#given.has(keyword) ? resolve(this.#account.folder, value) : resolve(value);
  }

  /** What gave a value, for messages. */
  origin(keyword: string): string {
    return this.#given.has(keyword)
      ? keyword
      : `the environment variable ${keywords[keyword]?.variable ?? keyword}`;
  }

  #variable(name: string | undefined): string | undefined {
    return name !== undefined && Object.hasOwn(this.#account.env, name) ? this.#account.env[name] : undefined;
  }
}
