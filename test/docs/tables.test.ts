import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildWholeProgram } from '../../src/cli/program.ts';
import { readEntry } from '../../src/core/entry.ts';
import type { SkipReason } from '../../src/core/skip-reason.ts';
import { keywords } from '../../src/connection/keywords.ts';
import { rollcall, Workplace } from '../support/cli.ts';
import { allCommands } from './command-lines.ts';
import { block, codesOf, inlineCode, page, pages, root, table } from './markdown.ts';

/** As much of a JSON Schema as the configuration needs. */
interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: string[];
  anyOf?: Schema[];
  default?: string | number | boolean | string[] | object;
}

const schema = rollcall(['config', 'schema']).then(({ stdout }) => JSON.parse(stdout) as Schema);

/** The keys that hold a value, with their defaults. */
function keysOf({ properties, ...leaf }: Schema, above = ''): [string, Schema['default']][] {
  if (properties === undefined) {
    const inside = (leaf.anyOf ?? []).filter((each) => each.properties !== undefined);
    return [[above, leaf.default], ...inside.flatMap((each) => keysOf(each, above))];
  }
  return Object.entries(properties).flatMap(([name, sub]) =>
    keysOf(sub, above === '' ? name : `${above}.${name}`),
  );
}

function inYaml(value: Schema['default']): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
}

test('the exit codes of the README are those of the program', async () => {
  const { stdout } = await rollcall(['--help']);
  const codes = [...stdout.slice(stdout.indexOf('Exit codes:')).matchAll(/^ +(\d+) +(.+)$/gm)];
  expect(codes.length).toBeGreaterThan(5);
  expect(table('README.md', 'code')).toEqual(codes.map(([, code, meaning]) => [code, meaning]));
});

test('the README names every command', async () => {
  const named = table('README.md', 'command').flatMap(([cell = '']) => codesOf(cell));
  expect(named.toSorted()).toEqual(allCommands(await buildWholeProgram()).toSorted());
});

test('every key of the configuration is in the table, with its default', async () => {
  const told = table('docs/configuration.md', 'key', 'default').map((cells) =>
    cells.slice(0, 2).map((cell) => cell.replaceAll('`', '')),
  );
  expect(told.toSorted()).toEqual(
    keysOf(await schema)
      .map(([key, value]) => [key, inYaml(value)])
      .toSorted(),
  );
  const rule = (await schema).properties?.['scope']?.properties?.['include']?.items;
  const rules = table('docs/configuration.md', 'key of a rule').map(([cell = '']) => codesOf(cell)[0]);
  expect(rules.toSorted()).toEqual(Object.keys(rule?.properties ?? {}).toSorted());
});

test('every key that a page mentions is there', async () => {
  const sections = Object.keys((await schema).properties ?? {}).join('|');
  const keys = keysOf(await schema).map(([key]) => key);
  const wrong = pages
    .filter(({ path }) => path !== 'test/cli/bad-input.md')
    .flatMap(inlineCode)
    .filter(({ code }) => new RegExp(`^(${sections})\\.\\w[\\w.]*$`).test(code))
    .filter(({ code }) => !/\.(ts|js|py)$/.test(code))
    .filter(({ code }) => !keys.some((key) => key === code || key.startsWith(`${code}.`)));
  expect(wrong).toEqual([]);
});

test('the connections that are refused are those of the program', () => {
  const told = table('docs/configuration.md', 'refused').flatMap(([cell = '']) => codesOf(cell));
  const refused = Object.entries(keywords).filter(([, { refused }]) => refused !== undefined);
  expect(told.map((code) => code.replace(/=.*/, '')).toSorted()).toEqual(
    refused.map(([name]) => name).toSorted(),
  );
  const page = pages.filter(({ path }) => path === 'docs/configuration.md').flatMap(inlineCode);
  const everywhere = page.map(({ code }) => code.replace(/=.*/, ''));
  const ignored = Object.entries(keywords).filter(([, { without, refused }]) => without && !refused);
  expect(ignored.map(([name]) => name).filter((name) => !everywhere.includes(name))).toEqual([]);
  const modes = table('docs/configuration.md', '`sslmode`').flatMap(([cell = '']) => codesOf(cell));
  expect(modes).toEqual(keywords['sslmode']?.values);
});

test('the privileges are those of the program', async () => {
  const of = (await schema).properties?.['defaultPrivileges']?.properties;
  const told = table('docs/configuration.md', 'of', 'privileges').map(([, cell = '']) => codesOf(cell));
  expect(told.map((names) => names.toSorted())).toEqual(
    ['user', 'archive'].map((kind) => of?.[kind]?.items?.enum?.toSorted()),
  );
});

test('the members of an entry are read as the table says', () => {
  const longest: Record<string, (length: number) => unknown> = {
    userName: (length) => 'x'.repeat(length),
    distinguishedName: (length) => 'x'.repeat(length),
    fullName: (length) => 'x'.repeat(length),
  };
  const rows = table('docs/protocol.md', 'member', 'type');
  expect(rows.map(([cell = '']) => codesOf(cell)[0])).toEqual([...Object.keys(longest), 'emailAddresses']);
  const reasonOf = (entry: object) => {
    const read = readEntry({ userName: 'x', ...entry }, 1);
    return 'reason' in read ? read.reason : null;
  };
  for (const [name, , text = ''] of rows) {
    const member = codesOf(name ?? '')[0] ?? '';
    const [first, second] = [...text.matchAll(/at most (\d+)/g)].map(([, most]) => Number(most));
    const many = (length: number, size: number) =>
      Array.from({ length }, (_, i) => String(i).padStart(size, 'x'));
    const values = (more: number): unknown[] =>
      member === 'emailAddresses'
        ? [many((first ?? 0) + more, 5), many(1, (second ?? 0) + more)]
        : [longest[member]?.((first ?? 0) + more)];
    for (const value of values(0)) expect(reasonOf({ [member]: value }), member).toBeNull();
    for (const value of values(1)) expect(reasonOf({ [member]: value })?.code, member).toMatch(/^too/);
  }
});

test('the layers are those that the lint rule keeps', () => {
  const rule = readFileSync(join(root, 'eslint.config.js'), 'utf8');
  const directions = [...rule.matchAll(/^  (\w+): \[(.*)\],$/gm)].map(([, folder = '', allowed = '']) => [
    folder,
    [...allowed.matchAll(/\w+/g)].join(),
  ]);
  const told = table('docs/architecture.md', 'folder of `src`').map(([folder = '', , allowed = '']) => [
    codesOf(folder).join(),
    codesOf(allowed).join(),
  ]);
  expect(told.filter(([folder]) => folder !== 'cli').toSorted()).toEqual(directions.toSorted());
});

/** All of them, or this does not compile. */
const skipReasons = Object.keys({
  ...{ notAnObject: true, missing: true, reserved: true, wrongType: true, tooLong: true, tooMany: true },
  ...{ nul: true, loneSurrogate: true, controlCharacter: true, repeated: true, scopeUnclear: true },
} satisfies Record<SkipReason['code'], true>);

test('every reason to skip an entry is listed', () => {
  expect(codesOf(sentence('docs/json.md', 'The `reason` of a skipped entry')).slice(1)).toEqual(skipReasons);
});

test('every message that the README helps with is one of the program', () => {
  const words = [
    ...readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, 'src', name), 'utf8')),
    ...page('test/cli/bad-input.md').lines,
  ].join('\n');
  const quoted = table('README.md', 'message').map(([cell = '']) => codesOf(cell)[0] ?? cell);
  expect(quoted.filter((message) => !words.includes(message))).toEqual([]);
});

test.each(pages.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'json')))(
  '$place is JSON',
  ({ text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  },
);

test('the entries that the protocol shows can be read', () => {
  const entries = JSON.parse(block('docs/protocol.md', 'json')) as unknown[];
  for (const [i, entry] of entries.entries()) expect(readEntry(entry, i + 1)).not.toHaveProperty('reason');
});

test('every configuration that is shown is valid', async () => {
  const wholes = pages.flatMap(({ blocks }) =>
    blocks.filter(({ language, text }) => language === 'yaml' && text.startsWith('directory:')),
  );
  expect(wholes.length).toBeGreaterThan(3);
  const workplace = new Workplace();
  const env = {
    ...{ DIRECTORY_PASSWORD: 'secret', DIRECTORY_TOKEN: 'secret', DATABASE_PASSWORD: 'secret' },
    CREDENTIALS_DIRECTORY: workplace.folder,
  };
  writeFileSync(join(workplace.folder, 'rollcall.password'), 'secret', { mode: 0o600 });
  for (const { place, text } of wholes) {
    const { code, stderr } = await workplace.spawn(['config', 'check', '-c', '-'], { stdin: text, env });
    expect(stderr, place).toBe('');
    expect(code, place).toBe(0);
  }
  workplace.remove();
});

/** From its first words to the empty line behind it. */
function sentence(path: string, begins: string): string {
  const text = page(path).prose.join('\n');
  const from = text.indexOf(begins);
  expect(from, begins).toBeGreaterThanOrEqual(0);
  return text.slice(from, text.indexOf('\n\n', from));
}
