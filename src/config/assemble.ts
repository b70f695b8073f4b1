import { resolve } from 'node:path';
import type { AfterSettings } from '../after/after-settings.ts';
import { milliseconds } from '../core/duration.ts';
import type { Limit } from '../core/limits.ts';
import { protocolMembers, type Members } from '../core/members.ts';
import type { Connection } from '../connection/connection.ts';
import type { DatabaseSettings } from '../database/open-store.ts';
import type { Config } from './config.ts';
import type { Authentication } from '../directory/http/settings.ts';
import type { DirectorySettings } from '../directory/open-directory.ts';
import type { NamedFiles } from './named-files.ts';
import type { ConfigFile } from './schema.ts';
import { bytes } from './values.ts';

/**
 * Turns a valid configuration file into what the program uses: with secrets, times in milliseconds, sizes in bytes.
 *
 * @param file as the user named it
 * @param folder the base of relative paths
 * @param connection to Postgres; null for an embedded store
 */
export function assemble(
  file: string,
  folder: string,
  settings: ConfigFile,
  named: NamedFiles,
  connection: Connection | null,
): Omit<Config, 'warnings' | 'scopeLines'> {
  const { directory, database, scope, options, limits, defaultPrivileges, after } = settings;
  return {
    file,
    directory: directoryOf(folder, directory, named),
    members: membersOf(directory.members),
    database: databaseOf(folder, database, connection),
    scope,
    options,
    limits: {
      deletions: limits.deletions,
      updates: limitOf(limits.updates),
      renames: limitOf(limits.renames),
      creations: limitOf(limits.creations),
      overlap: limits.overlap,
    },
    defaultPrivileges,
    after: afterOf(folder, after, named),
  };
}

const afterOf = (
  folder: string,
  { metrics, webhook, ping, proxy }: ConfigFile['after'],
  named: NamedFiles,
): AfterSettings => ({
  metrics: metrics ? { file: resolve(folder, metrics.file) } : null,
  webhook: webhook
    ? {
        ...{ url: webhook.url ?? named.webhookUrl ?? '', on: webhook.on, headers: webhook.headers },
        timeout: milliseconds(webhook.timeout),
      }
    : null,
  ping: ping
    ? {
        ...{ success: ping.success ?? null, failure: ping.failure ?? null },
        timeout: milliseconds(ping.timeout),
      }
    : null,
  connection: { ca: named.afterCa, proxy: proxy ?? null },
});

function authenticationOf(
  { userName, password, token }: NonNullable<ConfigFile['directory']['authentication']>,
  named: NamedFiles,
): Authentication {
  return userName === undefined
    ? { token: token ?? named.token ?? '' }
    : { userName, password: password ?? named.password ?? '' };
}

function membersOf(given: ConfigFile['directory']['members'] = {}): Members {
  const { names } = protocolMembers;
  return {
    names: {
      userName: given.userName ?? names.userName,
      fullName: given.fullName ?? names.fullName,
      distinguishedName: given.distinguishedName ?? names.distinguishedName,
      emailAddresses: given.emailAddresses ?? names.emailAddresses,
    },
    isOneAddressString: given.emailAddresses !== undefined,
  };
}

const limitOf = (limit: ConfigFile['limits']['updates']): Limit => ({ ...limit, count: limit.count ?? null });

function databaseOf(
  folder: string,
  { embedded = '', schema = '' }: ConfigFile['database'],
  connection: Connection | null,
): DatabaseSettings {
  return connection === null
    ? { kind: 'embedded', folder: resolve(folder, embedded) }
    : { kind: 'postgres', connection, schema };
}

function directoryOf(
  folder: string,
  directory: ConfigFile['directory'],
  named: NamedFiles,
): DirectorySettings {
  const { file, authentication, login, tls, timeouts, retries, maxSize, proxy } = directory;
  if (file !== undefined) {
    return {
      file: resolve(folder, file),
      maxSize: bytes(maxSize),
      loginTimeout: milliseconds(timeouts.login),
    };
  }
  return {
    url: directory.url ?? named.directoryUrl ?? '',
    authentication: authentication ? authenticationOf(authentication, named) : null,
    headers: directory.headers ?? {},
    parameters: directory.parameters ?? {},
    login: { ...login, timeout: milliseconds(timeouts.login) },
    tls: { ca: named.ca, client: named.client, ignoreWarnings: tls.ignoreWarnings },
    timeouts: {
      connect: milliseconds(timeouts.connect),
      idle: milliseconds(timeouts.idle),
      total: milliseconds(timeouts.total),
    },
    retries,
    maxSize: bytes(maxSize),
    proxy: proxy ?? null,
  };
}
