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

  /** Certificates, among which comments may stand in any charset; null when they cannot be read. */
  certificates(path: string[], name: string): string | null {
    return this.#read(path, name, (bytes) => bytes.toString('latin1'));
  }

  /** A secret, without the line feed at the end of its file; '' when there is none, which was reported. */
  secret(path: string[], name: string): string {
    const content = this.#read(path, name, decode);
    if (content === null) return '';
    this.secrets.push(resolve(this.folder, name));
    const secret = content.replace(/\r?\n$/, '');
    if (secret === '') this.report(path, 'the file is empty');
    return secret;
  }

  #read(path: string[], name: string, decode: (bytes: Buffer) => string): string | null {
    try {
      return decode(readFileSync(resolve(this.folder, name)));
    } catch (error) {
      this.report(path, `cannot read the file: ${messageOf(error)}`);
      return null;
    }
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
