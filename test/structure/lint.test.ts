import tsParser from '@typescript-eslint/parser';
import { Linter } from 'eslint';
import { describe, expect, test } from 'vitest';
import { oneWay } from '../../eslint.config.js';

/** What the rules of direction say of a file of `src`. */
function lint(path: string, code: string): string[] {
  const config: Linter.Config[] = [{ files: ['**/*.ts'], languageOptions: { parser: tsParser } }, ...oneWay];
  return new Linter({ configType: 'flat' }).verify(code, config, path).map(({ message }) => message);
}

describe('a room of src cannot reach another one the wrong way', () => {
  test.each([
    "import { sync } from '../sync/run.ts';",
    "import type { Store } from '../database/store.ts';",
    "export { sync } from '../sync/run.ts';",
    "const { sync } = await import('../sync/run.ts');",
    "type Run = typeof import('../sync/run.ts');",
    "let store: import('../database/store.ts').Store;",
  ])('%s', (code) =>
    expect(lint('src/report/text.ts', code)).toEqual([
      expect.stringMatching(/src\/report must not import src\/(sync|database)/),
    ]),
  );

  test('nor a deeper one', () => {
    const code = "import { post } from '../../directory/http/request.ts'; await import('../../cli/main.ts');";
    expect(lint('src/database/embedded/server.ts', code)).toEqual([
      expect.stringContaining('src/database must not import src/directory'),
      expect.stringContaining('src/database must not import src/cli'),
    ]);
  });
});

describe('only the command line touches the process', () => {
  test.each([
    'process.exit(1);',
    'globalThis.process.exit(1);',
    "import { stdin } from 'node:process';",
    "import process from 'process';",
    "const { env } = await import('node:process');",
    "type Process = typeof import('node:process');",
    "console.log('hello');",
  ])('%s', (code) => expect(lint('src/sync/run.ts', code)).toHaveLength(1));

  test('which may', () => {
    expect(lint('src/cli/main.ts', "process.exit(1); await import('../sync/run.ts');")).toEqual([]);
  });
});

test('what goes the right way is left alone', () => {
  const code = "import { all } from '../database/query.ts'; const { x } = await import('../core/plan.ts');";
  expect(lint('src/sync/run.ts', code)).toEqual([]);
});
