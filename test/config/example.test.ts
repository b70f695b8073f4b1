import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { inspectConfig, showConfig } from '../../src/config/load.ts';
import { jsonSchema } from '../../src/config/schema.ts';
import { problems, surroundings, write, useFolder } from './given.ts';

useFolder();

const example = resolve(import.meta.dirname, '../../config.example.yaml');
const text = readFileSync(example, 'utf8');
/** The example with every line of it in force that is commented out. */
const whole = text.replace(/^( *)# ( *(?:- )?[\w-]+:(?: .*)?)$/gm, '$1$2');
const env = { DIRECTORY_PASSWORD: 'p', DATABASE_PASSWORD: 'p' };

test('the example is valid and shows the defaults', async () => {
  const { yaml, warnings } = await showConfig(example, surroundings());
  expect(warnings).toEqual([]);
  const minimal = write('directory: {url: https://directory.example.com/users}');
  expect(yaml).toBe((await showConfig(minimal, surroundings())).yaml);
});

test('every line of it that is commented out is valid, too', async () => {
  const missing = (key: string) =>
    expect.stringMatching(new RegExp(`^\\d+:5 ${key}: cannot read .*: it does not exist$`)) as unknown;
  const keys = ['caFile', 'certFile', 'keyFile'].map((key) => `directory\\.tls\\.${key}`);
  expect(await problems(whole, env)).toEqual(
    [...keys, 'after\\.webhook\\.urlFile', 'after\\.tls\\.caFile'].map(missing),
  );
});

test('a line that is commented out shows the default, unless there is none', async () => {
  const withoutFile = whole
    .replace(/^ *tls:\n *caFile: ca\.pem.*$/m, '')
    .replace(/^ *(caFile|certFile|keyFile):.*$/gm, '')
    .replace(/urlFile: webhook/, 'url: https://hooks.example.com/x');
  const { settings } = await inspectConfig(write(withoutFile), surroundings(env));
  const { settings: defaults } = await inspectConfig(example, surroundings());
  if (settings === null || defaults === null) throw new Error('the example is not valid');
  const { authentication, proxy, headers, parameters, members, ...directory } = settings.directory;
  expect([authentication?.userName, proxy]).toEqual(['rollcall', 'http://proxy.example.com:3128']);
  expect([headers, parameters, members?.fullName]).toEqual([
    { 'X-Tenant': 'example' },
    { tenant: 'example' },
    'displayName',
  ]);
  expect(settings.scope.include).toHaveLength(2);
  const { database, scope, after } = defaults;
  expect({ ...settings, directory, database, scope, after }).toEqual(defaults);
  const plain = {
    webhook: { url: 'https://hooks.example.com/x' },
    ping: { success: 'https://hc.example.com/uuid' },
  };
  const minimal = write(JSON.stringify({ directory: { url: 'https://d.example.com/' }, after: plain }));
  const { webhook, ping } = (await inspectConfig(minimal, surroundings())).settings?.after ?? {};
  expect(settings.after).toMatchObject({ webhook, ping });
});

test('it names every key that there is', () => {
  const keys = keysOf(jsonSchema());
  expect(keys.length).toBeGreaterThan(40);
  expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(text))).toEqual([]);
});

/** The names of all properties in a JSON Schema. */
function keysOf(schema: object): string[] {
  return Object.entries(schema).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value !== 'object' || value === null) return [];
    return [...(name === 'properties' ? Object.keys(value) : []), ...keysOf(value)];
  });
}
