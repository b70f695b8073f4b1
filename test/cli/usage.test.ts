import { Help } from '@commander-js/extra-typings';
import { expect, test } from 'vitest';
import { buildWholeProgram } from '../../src/cli/program.ts';
import { rollcall } from '../support/cli.ts';

test('"help sync now" is the help of "sync now"', async () => {
  const [help, asked] = await Promise.all([
    rollcall(['help', 'sync', 'now']),
    rollcall(['sync', 'now', '--help']),
  ]);
  expect(help).toEqual(asked);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toContain('--max-deletes <n>');
});

test('"help" finds the help of a command behind an option, too', async () => {
  const [help, asked] = await Promise.all([
    rollcall(['--verbose', 'help', 'users', 'list']),
    rollcall(['users', 'list', '--help']),
  ]);
  expect(help).toEqual(asked);
});

test('the list of all commands shows what each of them takes', async () => {
  const program = await buildWholeProgram();
  for (const command of program.commands.filter((one) => one.name() !== 'help'))
    expect(program.createHelp().subcommandTerm(command)).toBe(new Help().subcommandTerm(command));
});

test('"help" alone is the help of all', async () => {
  const { code, stdout } = await rollcall(['help']);
  expect(code).toBe(0);
  expect(stdout).toContain('Exit codes:');
});
