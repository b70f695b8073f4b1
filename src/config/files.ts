import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../core/errors.ts';
import type { Report } from './yaml.ts';

/** The files that a configuration names, beside which they are looked for. */
export class NamedFiles {
  /** The paths of those that hold a secret. */
  readonly secrets: string[] = [];

  constructor(
    private readonly folder: string,
    private readonly report: Report,
  ) {}

  /** The content of a file, or null when it cannot be read, which is reported at `path`. */
  read(path: string[], name: string): string | null {
    try {
      return decode(readFileSync(resolve(this.folder, name)));
    } catch (error) {
      this.report(path, `cannot read the file: ${messageOf(error)}`);
      return null;
    }
  }

  /** The same without the line feed at its end; what is empty is reported, too. */
  secret(path: string[], name: string): string {
    const content = this.read(path, name);
    if (content === null) return '';
    this.secrets.push(resolve(this.folder, name));
    const secret = content.replace(/\r?\n$/, '');
    if (secret === '') this.report(path, 'the file is empty');
    return secret;
  }
}

/** @throws Error when it is not UTF-8, which would make another password of a password */
export function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is not UTF-8');
  }
}
