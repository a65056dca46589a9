import appsync from '@aws-appsync/eslint-plugin';

/** @type {import('eslint').Linter.Config[]} */
export default [
  {
    files: ['resolvers/**/*.js'],
    ...appsync.configs.recommended,
  },
  {
    files: ['resolvers/**/*.js'],
    // Rules on recursion, methods and functions passed as values ask TypeScript what a name stands for.
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    // AppSync refuses the code whatever a comment in it says.
    linterOptions: { noInlineConfig: true },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      // APPSYNC_JS has no throw, which the plugin does not check: util.error ends a handler.
      'no-restricted-syntax': ['error', { selector: 'ThrowStatement', message: 'Use util.error.' }],
    },
  },
];
