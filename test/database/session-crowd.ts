import { prepare } from '../../src/database/access.ts';
import { resolveArchives } from '../../src/mail/resolve.ts';
import { Ground, type Setting } from './session-ground.ts';

const size = 3_000;
const never = new AbortController().signal;

/** So many users with one address that Postgres finds them through the index alone. */
export class Crowd {
  private readonly ground: Ground;

  private constructor(ground: Ground) {
    this.ground = ground;
  }

  static async gather(server: string): Promise<Crowd> {
    const ground = await Ground.open(server);
    await ground.withStore((store) => prepare(store, never));
    await ground.administer(`
      with people as (
        insert into rollcall.users (user_name, name_key, authentication, email_addresses, address_keys, privileges)
        select 'user' || n, 'user' || n, 'directoryServices', '{all@example.com}', '{all@example.com}', '{login}'
        from generate_series(1, ${size}) n returning id, user_name)
      insert into rollcall.archives (name, name_key, owner_id) select user_name, user_name, id from people`);
    // Empties the pending list of the index.
    await ground.administer('vacuum analyze rollcall.users');
    return new Crowd(ground);
  }

  /** How many of them do not get a message to all of them; 0 is right. */
  async missing(setting: Setting | null, options = ''): Promise<number> {
    try {
      if (setting) await this.ground.set(setting);
      const resolve = await this.ground.withStore(
        (store) => resolveArchives(store, ['all@example.com'], never),
        this.ground.role,
        options,
      );
      return size - resolve.archives.length;
    } finally {
      await this.ground.reset();
    }
  }

  close(): Promise<void> {
    return this.ground.close();
  }
}
