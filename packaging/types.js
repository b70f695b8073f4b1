import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';

// Writes the declarations that dist/index.d.ts reaches, and only those: the others import packages that are bundled,
// and whoever uses the library would need their types.

const entry = resolve('dist/index.d.ts');
const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: fail };
const { fileNames, options } = ts.getParsedCommandLineOfConfigFile('tsconfig.build.json', {}, host);
const declarations = new Map();
const { diagnostics } = ts
  .createProgram(fileNames, options)
  .emit(undefined, (path, text) => declarations.set(resolve(path), text));
diagnostics.forEach(fail);

const reached = new Set([entry]);
for (const path of reached) {
  const text = declarations.get(path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text);
  for (const { fileName } of [...importedFiles, ...typeReferenceDirectives]) {
    const target = resolve(dirname(path), fileName.replace(/\.[jt]s$/, '.d.ts'));
    if (!declarations.has(target)) {
      throw new Error(`${path} imports ${fileName}, which its users may not have`);
    }
    reached.add(target);
  }
}

function fail(diagnostic) {
  throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
}
