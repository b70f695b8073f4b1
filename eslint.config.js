import tseslint from 'typescript-eslint';

/**
 * Imports run one way: each folder may import those named after it, and nothing else of src.
 * `directory` and `store` never know each other, and `core` knows nobody.
 */
const directions = {
  core: [],
  files: ['core'],
  config: ['core'],
  directory: ['core', 'files'],
  store: ['core', 'files'],
  report: ['core'],
  sync: ['core', 'directory', 'store'],
  login: ['core', 'directory', 'store'],
  mail: ['core', 'files', 'store'],
};
const folders = Object.keys(directions).concat('cli');

const oneWay = Object.entries(directions).map(([folder, allowed]) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: folders
          .filter((other) => other !== folder && !allowed.includes(other))
          .map((other) => ({
            group: [`**/${other}/*`],
            message: `src/${folder} must not import src/${other}`,
          })),
      },
    ],
    // Only the command line touches the process, the terminal and the exit code.
    'no-console': 'error',
    'no-restricted-globals': ['error', 'process'],
  },
}));

export default tseslint.config(
  { ignores: ['dist', 'build', 'node_modules'] },
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
