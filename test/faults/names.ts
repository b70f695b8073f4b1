import type { Fault } from './fault.ts';
import { describeEnd } from '../support/launch.ts';
import { Stand } from './stand.ts';

const hostile = [
  ' ', 'trailing ', 'a\u00a0', 'a\nb', 'a\tb', 'a\rb', 'a\bb', '\u001b[31mred', '\u001b]0;title\u0007x',
  '\u001b]52;c;aGk=\u0007', '\u001b]8;;http://evil.example\u001b\\link', 'c1\u009b31m', 'del\u007f', 'bidi\u202etxt',
  'iso\u2066late\u2069', 'zero\u200bwidth', 'soft\u00adhyphen', 'line\u2028sep', 'para\u2029sep', 'tag\u{e0041}\u{e007f}',
  'z\u0300\u0301\u0302\u0303\u0304', 'Zoë', 'Zoe\u0308x', 'аdmin', 'İstanbul', '漢字', '👩‍👩‍👧', 'x'.repeat(256), '=cmd()', '-x',
  '@x', '../x', "'; --", '__proto__', 'constructor', 'a|b', '<b>x</b>', '[l](http://x)', '`c`', '*x*', '_u_', 'a\\b',
  '&#124;', '![i](x)', '~~s~~', '# h', '$(id)', '%s%n', '\ufeffbom', 'priv\ue000', 'unassigned\u{10fffe}',
]; // prettier-ignore

// The line feed alone ends a line; everything else of these acts on a terminal or hides.
const raw = /[^\P{C}\n]|[\u2028\u2029]/u;

/** What is wrong with a text that goes to a terminal or a file. */
function rawCharacter(text: string): string | null {
  const found = raw.exec(text)?.[0];
  return found === undefined ? null : `U+${(found.codePointAt(0) ?? 0).toString(16)} stands in it as it is`;
}

/** Names and full names that JSON must give back as the directory wrote them; white space around them is not part. */
function checkJson(stdout: string, wanted: Map<string, string>): string[] {
  const problems: string[] = [];
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const found = new Map(
    lines
      .filter(({ type, action }) => type === 'change' && action === 'create')
      .map((line) => line['after'] as { userName: string; fullName: string })
      .map(({ userName, fullName }) => [userName, fullName]),
  );
  for (const [userName, fullName] of wanted) {
    if (found.get(userName) !== fullName)
      problems.push(`JSON does not give ${JSON.stringify(userName)} back`);
  }
  return problems;
}

function checkMarkdown(stdout: string): string[] {
  const rows = stdout.split('\n').filter((line) => line.startsWith('|'));
  return rows
    .filter((row) => {
      const [, , ...cells] = row.split('|');
      return cells.length !== 3 || /[<`[\]*~]/.test(cells.join().replaceAll('<br>', ''));
    })
    .map((row) => `a row of the Markdown table is broken: ${row}`);
}

export const names: Fault = {
  promise: 'A terminal, JSON and Markdown are safe from names',
  figure: 'hostile names as user, full name, DN, address and in skipped entries, through every format',
  run: async ({ postgres }) => {
    const violations: string[] = [];
    const stand = await Stand.open('postgres', postgres.url);
    const wanted = new Map<string, string>();
    const entries = hostile.flatMap((text, i) => {
      const name = text.trim();
      const address = /\p{Cc}/u.test(name) ? [] : [`${name.slice(0, 300)}@example.com`];
      if (name !== '') wanted.set(name, name);
      wanted.set(`plain${i}`, name || 'x');
      return [
        { userName: text, fullName: text },
        {
          userName: `plain${i}`,
          fullName: name || 'x',
          distinguishedName: `CN=${text}`,
          emailAddresses: address,
        },
        { userName: `${text}\0` },
        { userName: `skip ${text}`, emailAddresses: [`${text}\n`, 7] },
      ];
    });
    const texts: [string, string][] = [];
    const take = async (command: string) => {
      const ended = await stand.launch(command).ended;
      if (ended.code !== 0) violations.push(`${command}: ${describeEnd(ended)}`);
      texts.push([command, ended.stdout + ended.stderr]);
      return ended.stdout;
    };
    for (const round of ['create', 'update and delete', 'nothing']) {
      const updated = entries
        .filter((_, i) => i % 8 > 1)
        .map((entry) => ({ ...entry, fullName: `${entry.userName}!` }));
      stand.lists(JSON.stringify(round === 'create' ? entries : updated));
      await take('sync test --all');
      const json = await take('sync test --format json');
      if (round === 'create') violations.push(...checkJson(json, wanted));
      violations.push(...checkMarkdown(await take('sync test --all --format markdown')));
      await take('sync now --all');
      await take('history');
    }
    for (const run of [1, 2]) {
      await take(`history ${run}`);
      const json = await take(`history ${run} --format json`);
      if (run === 1) violations.push(...checkJson(json, wanted));
    }
    await take('users list');
    await take('users list --format json');
    for (const [command, text] of texts) {
      const problem = rawCharacter(text);
      if (problem !== null) violations.push(`${command}: ${problem}`);
    }
    await stand.close();
    return {
      done: hostile.length * texts.length,
      violations,
      detail: `${hostile.length} texts, ${texts.length} outputs`,
    };
  },
};
