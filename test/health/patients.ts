import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AfterSettings } from '../../src/after/after-settings.ts';
import type { Finding } from '../../src/core/finding.ts';
import type { DatabaseSettings } from '../../src/database/open-store.ts';
import type { ServerSettings } from '../../src/directory/application-integration/password.ts';
import type { DirectorySettings } from '../../src/directory/open-directory.ts';
import { examine } from '../../src/health/doctor/examine.ts';
import { directorySettings } from '../support/run.ts';
import { actor } from '../support/stores.ts';

const certificates = join(import.meta.dirname, '../servers/certificates');
const contentOf = (file: string) => readFileSync(join(certificates, file), 'utf8');

/** A certificate of the tests with its key. */
export const certificate = (name: string) => ({
  key: contentOf(`${name}.key`),
  cert: contentOf(`${name}.crt`),
});

export const authority = contentOf('authority.crt');

/** @param ca which certificates to trust; `ignore` for any */
export function overTls(url: string, ca: string | null): ServerSettings {
  const settings = directorySettings(url);
  const trust = ca === 'ignore' ? { ignoreWarnings: true } : { ca };
  return { ...settings, tls: { ...settings.tls, ...trust } };
}

/** Many tests run at once; an embedded store then takes longer to open. */
const waits = { all: 90_000, opening: 60_000 };

/** Nothing follows a run. */
export const nothingAfter: AfterSettings = {
  ...{ metrics: null, webhook: null, ping: null },
  connection: { ca: null, proxy: null },
};

/** All findings about a directory and a user database, with a configuration that is valid. */
export async function examined(
  directory: DirectorySettings,
  database: DatabaseSettings,
  uid = actor.uid,
): Promise<Finding[]> {
  const configuration = { file: 'rollcall.yaml', problems: [], warnings: [], unreadable: null };
  const patient = {
    configuration,
    settings: { directory, database, after: nothingAfter },
    machine: { node: '20.6.0', untested: null, uid: actor.uid },
    actor: { ...actor, uid },
  };
  const findings: Finding[] = [];
  for await (const finding of examine(patient, new AbortController().signal, waits)) findings.push(finding);
  return findings;
}

/** Those that are not ok, one line each. */
export const faultsOf = (findings: readonly Finding[]): string[] =>
  findings
    .filter(({ grade }) => grade !== 'ok')
    .map(
      ({ check, grade, message, hint }) =>
        `${grade} ${check}: ${message}${hint === null ? '' : ` → ${hint}`}`,
    );

/** A server that accepts connections and never says anything; or the port of one that is gone. */
export async function silentServer(isGone = false): Promise<{ port: number; close: () => void }> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  if (isGone) await new Promise((resolve) => server.close(resolve));
  return { port, close: () => server.close() };
}
