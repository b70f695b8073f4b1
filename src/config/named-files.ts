import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { holdsCertificates, keyProblem } from '../core/certificates.ts';
import { reasonOf } from '../core/errors.ts';
import type { Path, Problems } from './problems.ts';
import { directoryUrlProblem, tokenProblem, webhookUrlProblem } from './values.ts';

/** The contents of the files that a configuration names; null where it names none, or an unusable one. */
export interface NamedFiles {
  /** PEM certificates. */
  ca: string | null;
  afterCa: string | null;
  /** The client certificate and its key (PEM). */
  client: { cert: string; key: string } | null;
  password: string | null;
  token: string | null;
  directoryUrl: string | null;
  databaseUrl: string | null;
  webhookUrl: string | null;
  /** The paths of the files that contain a secret. */
  secretFiles: string[];
}

/**
 * Reads the files that a configuration names, even if other parts of it are invalid.
 *
 * @param value the parsed configuration, not yet validated
 * @param folder the base of relative paths
 * @param problems collects what is wrong with a file; a file name that already has a problem is skipped
 */
export function readNamedFiles(value: unknown, folder: string, problems: Problems): NamedFiles {
  const secretFiles: string[] = [];

  /** The content of the file that the value at a path names. */
  function read<T>(path: string[], decode: (bytes: Buffer) => T): T | null {
    const name = at(value, path);
    if (typeof name !== 'string' || problems.has(path) || problems.has(path.slice(0, -1))) return null;
    const file = resolve(folder, name);
    try {
      return decode(readFileSync(file));
    } catch (error) {
      problems.report(path, `cannot read ${file}: ${reasonOf(error)}`);
      return null;
    }
  }

  function secret(path: string[], problemOf: (secret: string) => string | null = () => null): string | null {
    const content = read(path, decode);
    if (content === null) return null;
    secretFiles.push(resolve(folder, String(at(value, path))));
    const secret = content.replace(/\r?\n$/, '');
    if (secret === '') problems.report(path, 'the file is empty');
    else {
      const problem = problemOf(secret);
      if (problem !== null) problems.report(path, `its content ${problem}`);
    }
    return secret;
  }

  function expect(path: string[], problem: string | null): void {
    if (problem !== null) problems.report(path, `the file ${problem}`);
  }

  /** Between the certificates there may be comments in any charset. */
  const pem = (path: string[]) => read(path, (bytes) => bytes.toString('latin1'));

  function certificates(path: string[]): string | null {
    const content = pem(path);
    if (content === null || holdsCertificates(content)) return content;
    expect(path, 'contains no PEM certificate');
    return null;
  }

  function clientOf(certFile: string[], keyFile: string[]): NamedFiles['client'] {
    const [cert, key] = [certificates(certFile), pem(keyFile)];
    if (key !== null) secretFiles.push(resolve(folder, String(at(value, keyFile))));
    if (cert === null || key === null) return null;
    expect(keyFile, keyProblem(cert, key));
    return { cert, key };
  }

  return {
    ca: certificates(['directory', 'tls', 'caFile']),
    afterCa: certificates(['after', 'tls', 'caFile']),
    client: clientOf(['directory', 'tls', 'certFile'], ['directory', 'tls', 'keyFile']),
    password: secret(['directory', 'authentication', 'passwordFile']),
    token: secret(['directory', 'authentication', 'tokenFile'], tokenProblem),
    directoryUrl: secret(['directory', 'urlFile'], directoryUrlProblem),
    databaseUrl: secret(['database', 'urlFile']),
    webhookUrl: secret(['after', 'webhook', 'urlFile'], webhookUrlProblem),
    secretFiles,
  };
}

/** @throws Error when it is not UTF-8: decoding it anyway would change a password */
export function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is not UTF-8');
  }
}

/** The value at a path of a configuration that is not yet validated. */
export const at = (value: unknown, path: Path): unknown =>
  path.reduce(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
