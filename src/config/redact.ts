import { Document, visit } from 'yaml';
import { visible } from '../core/printable.ts';
import { withoutPasswords } from '../connection/notation.ts';
import type { ConfigFile } from './schema.ts';

const redacted = '********';

/** A configuration as YAML with its secrets redacted; the result is a valid configuration, too. */
export function show(settings: ConfigFile): string {
  const { directory, database, after } = settings;
  return toYaml({
    ...settings,
    directory: {
      ...directory,
      ...(directory.url !== undefined && { url: withoutSecrets(directory.url) }),
      ...(directory.authentication && {
        authentication: redactValues(directory.authentication, ['password', 'token']),
      }),
      ...(directory.headers && { headers: redactValues(directory.headers) }),
      ...(directory.parameters && { parameters: redactValues(directory.parameters) }),
      ...(directory.proxy !== undefined && { proxy: withoutSecrets(directory.proxy) }),
    },
    after: { ...after, ...redactAfter(after) },
    database: { ...database, ...(database.url !== undefined && { url: withoutPasswords(database.url) }) },
  });
}

/** A section with some of its values redacted; without `keys`, all of them. */
const redactValues = (section: Record<string, string | undefined>, keys = Object.keys(section)) =>
  Object.fromEntries(
    Object.entries(section).map(([key, value]) => [
      key,
      keys.includes(key) && value !== undefined ? redacted : value,
    ]),
  );

const redactAfter = ({ webhook, ping, proxy }: ConfigFile['after']) => ({
  ...(proxy !== undefined && { proxy: withoutSecrets(proxy) }),
  ...(webhook && {
    webhook: {
      ...webhook,
      ...(webhook.url !== undefined && { url: onlyHost(webhook.url) }),
      headers: redactValues(webhook.headers),
    },
  }),
  ...(ping && {
    ping: {
      ...ping,
      ...(ping.success !== undefined && { success: onlyHost(ping.success) }),
      ...(ping.failure !== undefined && { failure: onlyHost(ping.failure) }),
    },
  }),
});

/** A URL whose path is a secret: whoever knows it can write there. */
const onlyHost = (url: string) => `${new URL(url).origin}/${redacted}`;

/** A URL whose query has its names, but not their values: any of them may be a secret. */
function withoutSecrets(text: string): string {
  const url = new URL(text);
  if (url.search === '') return text;
  for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, redacted);
  return url.href;
}

/** YAML that parses to the same value and contains nothing that a terminal might act on. */
function toYaml(value: object): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return;
      if (visible(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
      node.value = node.value.replaceAll('$', '$$$$');
    },
  });
  const yaml = document.toString({ lineWidth: 0 });
  return yaml.replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16);
    return `\\U${code.padStart(8, '0')}`;
  });
}
