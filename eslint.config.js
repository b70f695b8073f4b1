import tseslint from 'typescript-eslint';

/**
 * Imports run one way: each folder may import those named after it, and nothing else of src.
 * `directory` and `database` never know each other, and `core` knows nobody.
 *
 * @type {Record<string, string[]>}
 */
const directions = {
  core: [],
  files: ['core'],
  connection: ['core'],
  directory: ['core', 'files'],
  database: ['core', 'files', 'connection'],
  config: ['core', 'directory', 'connection', 'database', 'after'],
  report: ['core'],
  sync: ['core', 'files', 'directory', 'database'],
  accounts: ['core', 'directory', 'database'],
  mail: ['core', 'files', 'database'],
  health: ['core', 'files', 'directory', 'connection', 'database', 'after'],
  after: ['core', 'report'],
};
const folders = Object.keys(directions).concat('cli');

const processModules = ['process', 'node:process'];
/**
 * @param {string} pattern
 * @param {string} message
 */
const dynamic = (pattern, message) => [
  { selector: `ImportExpression[source.value=${pattern}]`, message },
  { selector: `TSImportType[source.value=${pattern}]`, message },
];

/** @type {import('eslint').Linter.Config[]} */
export const oneWay = Object.entries(directions).map(([folder, allowed]) => {
  const forbidden = folders.filter((other) => other !== folder && !allowed.includes(other));
  const message = (/** @type {string} */ what) => `src/${folder} must not ${what}`;
  return {
    files: [`src/${folder}/**/*.{ts,js}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: processModules.map((name) => ({ name, message: message('touch the process') })),
          patterns: forbidden.map((other) => ({
            group: [`**/${other}/*`],
            message: message(`import src/${other}`),
          })),
        },
      ],
      // The same for `await import('…')` and `typeof import('…')`, which the rule above does not see.
      'no-restricted-syntax': [
        'error',
        ...forbidden.flatMap((other) => dynamic(`/\\u002f${other}\\u002f/`, message(`import src/${other}`))),
        ...dynamic('/^(node:)?process$/', message('touch the process')),
      ],
      // Only the command line touches the process, the terminal and the exit code.
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        {
          globals: [{ name: 'process', message: message('touch the process') }],
          checkGlobalObject: true,
        },
      ],
    },
  };
});

export default tseslint.config(
  { ignores: ['dist', 'build', 'node_modules', 'test/*/node_modules'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
  ...oneWay,
);
