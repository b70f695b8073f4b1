import { isBuiltin } from 'node:module';

const statement = /^import (?:\* as )?(\w[\w$]*)?(?:, )?(\{.*\})? from "(.*)";$/gm;

/**
 * Loads the modules of Node without `import`, which reads every one of their exports: of `node:http` one that loads all
 * of fetch, of `node:process` all three streams. Every line stays where it is, so the source maps hold.
 */
export function requireBuiltins() {
  return {
    name: 'require-builtins',
    renderChunk: (code) => {
      const bound = code.replace(statement, (same, whole, members, name) => {
        if (!isBuiltin(name) || name === 'node:module') return same;
        if (members?.includes('default as'))
          throw new Error(`${same}: a default import needs a name of its own`);
        const names = [whole, members?.replaceAll(' as ', ': ')].filter((part) => part !== undefined);
        return names.map((part) => `const ${part} = builtin$("${name}");`).join(' ');
      });
      const first =
        'import { createRequire as builtinsOf$ } from "node:module"; const builtin$ = builtinsOf$(import.meta.url);';
      return { map: null, code: bound === code ? code : `${first} ${bound}` };
    },
  };
}
