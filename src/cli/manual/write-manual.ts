import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { buildWholeProgram } from '../program.ts';
import { bashParts } from './bash.ts';
import { fishParts } from './fish.ts';
import { manualPage, type Edition } from './manual-page.ts';
import { syntaxOf } from './syntax.ts';
import { zshParts } from './zsh.ts';

/**
 * The files that explain the command line to other programs, made when rollcall is built: their names below `dist`, and
 * their text.
 *
 * @param date of the manual page: `2026-11-25`
 */
export async function writeManual(date: string): Promise<Record<string, string>> {
  const program = await buildWholeProgram();
  const syntax = syntaxOf(program);
  return {
    'rollcall.1': manualPage(program, { ...readPackage(), date }),
    'completion/rollcall.bash': filled('bash', bashParts(syntax)),
    'completion/rollcall.zsh': filled('zsh', zshParts(syntax)),
    'completion/rollcall.fish': filled('fish', fishParts(syntax)),
  };
}

// By the name of the package, as in files/assets.ts; the templates are not in it.
const manifest = pathToFileURL(createRequire(import.meta.url).resolve('rollcall/package.json'));

const readPackage = () => JSON.parse(readFileSync(manifest, 'utf8')) as Omit<Edition, 'date'>;

function filled(shell: string, parts: Record<string, string>): string {
  const template = readFileSync(new URL(`src/cli/manual/template.${shell}`, manifest), 'utf8');
  return template.replace(/@(\w+)@/g, (place, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`template.${shell} has ${place}, which nothing fills`);
    return part;
  });
}
