import { Option, type Command } from 'commander';
import { exitCodes } from '../core/errors.ts';
import type { ArchivesOptions } from './archives.ts';
import type { UsersOptions } from './users.ts';

/** The commands for users, their logins and their archives. */
export function addPeople(program: Command): void {
  addLogin(program);
  addUsers(program);
  addArchives(program);
}

const textOrJson = () =>
  new Option('-f, --format <format>', 'how the result is printed').choices(['text', 'json']).default('text');
const stdin = ['--password-stdin', 'read the password from standard input'] as const;

function addLogin(program: Command): void {
  program
    .command('login')
    .description('check whether somebody may log on; the password is asked for on the terminal')
    .argument('[words...]', 'the user; with --checkpassword the program to run and its arguments')
    .option(...stdin)
    .option('--checkpassword', 'speak the checkpassword protocol, for Dovecot and others')
    .addOption(textOrJson())
    .addHelpText(
      'after',
      `\nEnds with 0 when the login is accepted, with ${exitCodes.rejected.code} when it is rejected.\n` +
        '\nExamples:\n  rollcall login john.doe\n  rollcall login --checkpassword /usr/lib/dovecot/checkpassword-reply',
    )
    .action(async (words: string[], _: object, self: Command) => {
      const { login } = await import('./login.ts');
      await login(words, self.optsWithGlobals());
    });
}

function addUsers(program: Command): void {
  const users = program.command('users').description('look at users, and manage those made by hand');
  const privilege = ['-p, --privilege <name...>', 'login, admin, changePassword, archive, …'] as const;
  const address = ['-a, --address <address...>', 'email addresses, the primary one first'] as const;
  const authentication = (description: string) =>
    new Option('--authentication <kind>', description).choices(['directoryServices', 'integrated']);
  const action = (
    work: (module: typeof import('./users.ts'), user: string, options: UsersOptions) => Promise<void>,
  ) =>
    async function (this: Command, user: string) {
      await work(await import('./users.ts'), user, this.optsWithGlobals());
    };

  users
    .command('list')
    .description('all users, or those that match')
    .addOption(authentication('with this authentication'))
    .option('-p, --privilege <name...>', 'with this privilege')
    .option('-a, --address <address...>', 'with this address')
    .option('--gone', 'kept by a run though gone from the directory')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall users list --privilege admin')
    .action(async (_: object, self: Command) => {
      const { showUsers } = await import('./users.ts');
      await showUsers(undefined, self.optsWithGlobals());
    });
  users
    .command('show')
    .description('one user')
    .argument('<user>')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall users show john.doe --format json')
    .action(action(({ showUsers }, user, options) => showUsers(user, options)));
  users
    .command('add')
    .description('make an integrated user, whom no run ever touches')
    .argument('<user>')
    .option('--full-name <name>')
    .option(...address)
    .option(...privilege)
    .option(...stdin)
    .addHelpText('after', '\nExample:\n  rollcall users add root --privilege admin')
    .action(action(({ add }, user, options) => add(user, options)));
  users
    .command('set')
    .description('change a user; of a directory user only the privileges and the authentication')
    .argument('<user>')
    .option('--full-name <name>')
    .option(...address)
    .option(...privilege)
    .option('--password', 'ask for a new password on the terminal')
    .option(...stdin)
    .addOption(authentication('hand the user to the directory, or take them back'))
    .addHelpText(
      'after',
      '\nExamples:\n  rollcall users set john.doe --privilege login export\n  rollcall users set root --password',
    )
    .action(action(({ set }, user, options) => set(user, options)));
  users
    .command('rename')
    .description('give a user another name, and their archive with it')
    .argument('<user>')
    .argument('<name>')
    .addHelpText('after', '\nExample:\n  rollcall users rename john.doe john.smith')
    .action(async (user: string, name: string, _: object, self: Command) => {
      const { rename } = await import('./users.ts');
      await rename(user, name, self.optsWithGlobals());
    });
  users
    .command('remove')
    .description('remove a user; an archive that holds mail stays')
    .argument('<user>')
    .addHelpText('after', '\nExample:\n  rollcall users remove john.doe')
    .action(action(({ remove }, user, options) => remove(user, options)));
}

function addArchives(program: Command): void {
  const archives = program.command('archives').description('archives and the mail in them');
  type Json = ArchivesOptions & { format: 'text' | 'json' };

  archives
    .command('list')
    .description('all archives, their owners and how many messages they hold')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall archives list')
    .action(async (_: object, self: Command) => {
      const { showArchives } = await import('./archives.ts');
      await showArchives(undefined, self.optsWithGlobals<Json>());
    });
  archives
    .command('show')
    .description('one archive')
    .argument('<name>')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall archives show john.doe --format json')
    .action(async (name: string, _: object, self: Command) => {
      const { showArchives } = await import('./archives.ts');
      await showArchives(name, self.optsWithGlobals<Json>());
    });
  archives
    .command('grant')
    .description('set what a user may do with an archive')
    .argument('<name>')
    .argument('<user>')
    .argument('<privilege...>', 'read, write, delete, or none')
    .addHelpText('after', '\nExample:\n  rollcall archives grant john.doe jane.roe read write')
    .action(async (name: string, user: string, privileges: string[], _: object, self: Command) => {
      const { grant } = await import('./archives.ts');
      await grant(name, user, privileges, self.optsWithGlobals());
    });
  archives
    .command('give')
    .description('give an archive without an owner to a user, or its mail if they have an archive')
    .argument('<name>')
    .argument('<user>')
    .addHelpText('after', "\nExample:\n  rollcall archives give 'john.doe (until 2026-11-25)' john.doe")
    .action(async (name: string, user: string, _: object, self: Command) => {
      const { give } = await import('./archives.ts');
      await give(name, user, self.optsWithGlobals());
    });
  archives
    .command('remove')
    .description('remove an archive without an owner')
    .argument('<name>')
    .option('--with-mail', 'with the mail that it holds, after its name was typed once more')
    .addHelpText('after', '\nExample:\n  rollcall archives remove john.doe --with-mail')
    .action(async (name: string, _: object, self: Command) => {
      const { remove } = await import('./archives.ts');
      await remove(name, self.optsWithGlobals());
    });
  archives
    .command('import')
    .description('import mail, each message into the archives of those who sent or got it')
    .argument('<file...>', '.eml, mbox (both also gzipped), a Maildir, or - for standard input')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall archives import inbox.mbox.gz ~/Maildir')
    .action(async (files: string[], _: object, self: Command) => {
      const { importFiles } = await import('./archives.ts');
      await importFiles(files, self.optsWithGlobals<Json>());
    });
  archives
    .command('resolve')
    .description('say to which archives an address belongs, or the message on standard input')
    .argument('[address...]')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall archives resolve john.doe@example.com')
    .action(async (addresses: string[], _: object, self: Command) => {
      const { resolve } = await import('./archives.ts');
      await resolve(addresses, self.optsWithGlobals<Json>());
    });
  archives
    .command('export')
    .description('write the messages of an archive, byte for byte as they were imported')
    .argument('<name>')
    .addOption(
      new Option('-f, --format <format>', 'what is written').choices(['mbox', 'maildir']).default('mbox'),
    )
    .option('-o, --output <path>', 'the mbox file (default: standard output), or the new folder of a Maildir')
    .addHelpText('after', '\nExample:\n  rollcall archives export john.doe --format maildir --output john')
    .action(async (name: string, _: object, self: Command) => {
      const { exportArchive } = await import('./archives.ts');
      await exportArchive(name, self.optsWithGlobals<ArchivesOptions & { format: 'mbox' | 'maildir' }>());
    });
}
