import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import pg from 'pg';
import { openStore } from '../../src/database/open-store.ts';
import type { Store } from '../../src/database/store.ts';
import { administer } from '../servers/administer.ts';
import { Directory } from '../servers/directory.ts';
import { postgresSettings } from '../servers/postgres-settings.ts';
import { plain } from './plain.ts';
import { play, upgradeStory, wholeStory, type Step, type Story } from './session-story.ts';

/** What was told and stored, in values that can be compared. */
export interface Tale {
  steps: Step[];
  /** For each story; null for one that did not come to its end. */
  stored: unknown[];
}

/** A setting of the database, as `alter database … set` takes it: `value` is SQL. */
export interface Setting {
  name: string;
  value: string;
}

const actor = { user: 'teller', host: 'here', pid: 1, uid: process.getuid?.() ?? 0 };

/** Made by the version before 0002. */
const landed = readFileSync(resolve('test/database/0001.sql'), 'utf8');

export interface GroundOptions {
  schema?: string;
  /** Further options of `create database`. */
  database?: string;
}

/** A database and its owner, an ordinary role, whose sessions can be given settings. */
export class Ground {
  readonly name = `told_${randomBytes(8).toString('hex')}`;
  readonly role = `teller_${randomBytes(8).toString('hex')}`;
  readonly schema: string;
  readonly directory: Directory;
  private readonly server: string;

  private constructor(server: string, schema: string, directory: Directory) {
    this.server = server;
    this.schema = schema;
    this.directory = directory;
  }

  static async open(
    server: string,
    { schema = 'rollcall', database = '' }: GroundOptions = {},
  ): Promise<Ground> {
    const ground = new Ground(server, schema, await Directory.start());
    await administer(server, `create role ${ground.role} login password '${ground.role}'`);
    await administer(
      server,
      `create database ${ground.name} template template0 owner ${ground.role} ${database}`,
    );
    return ground;
  }

  /** The address of the database for a role whose password is its name; for the superuser unless one is given. */
  url(role?: string): string {
    const url = new URL(this.server);
    url.pathname = this.name;
    if (role !== undefined) [url.username, url.password] = [role, role];
    return url.href;
  }

  /** A statement of the superuser in the database. */
  administer(statement: string): Promise<object[]> {
    return administer(this.url(), statement);
  }

  /** @throws DatabaseError of pg when the server refuses the setting */
  async set({ name, value }: Setting): Promise<void> {
    await administer(this.server, `alter database ${this.name} set "${name}" = ${value}`);
  }

  async reset(): Promise<void> {
    await administer(this.server, `alter database ${this.name} reset all`);
  }

  /**
   * Plays both stories in sessions with these settings, and leaves an empty database without settings behind.
   *
   * @param options for the sessions of rollcall, such as `-c datestyle=german`
   */
  async tell(settings: Setting[], options = ''): Promise<Tale> {
    await this.administer(`begin; set local role ${this.role}; ${landed}; commit`);
    const upgraded = await this.#part(upgradeStory, settings, options);
    const whole = await this.#part(wholeStory, settings, options);
    return { steps: [...upgraded.steps, ...whole.steps], stored: [...upgraded.stored, ...whole.stored] };
  }

  /** Plays the story of a new database. */
  tellWhole(): Promise<Tale> {
    return this.#part(wholeStory, [], '');
  }

  /** Opens the store in this process, as the owner unless another role is given. */
  async withStore<T>(work: (store: Store) => Promise<T>, role = this.role, options = ''): Promise<T> {
    const url = new URL(this.url(role));
    // Not by searchParams, which write a space as +.
    url.search = `options=${encodeURIComponent(options)}`;
    const store = await openStore({ ...postgresSettings(url.href), schema: this.schema }, actor);
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  /** Everything that stands in the schema; null when there is none. */
  async stored(): Promise<unknown> {
    const client = new pg.Client({ connectionString: this.url() });
    await client.connect();
    try {
      const { rows } = await client.query<{ id: string }>(
        'select oid as id from pg_namespace where nspname = $1',
        [this.schema],
      );
      if (rows[0] === undefined) return null;
      await client.query(`set search_path to ${pg.escapeIdentifier(this.schema)}`);
      const told: Record<string, unknown> = {};
      for (const [name, query] of Object.entries(content)) {
        told[name] = plain((await client.query<object>(query)).rows);
      }
      return told;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.directory.stop();
    await administer(this.server, `drop database ${this.name} with (force)`);
    await administer(this.server, `drop role ${this.role}`);
  }

  async #part(story: Story, settings: Setting[], options: string): Promise<Tale> {
    try {
      for (const setting of settings) await this.set(setting);
      const steps = await this.withStore((store) => play(story, store, this.directory), this.role, options);
      await this.reset();
      return { steps, stored: [steps.at(-1)?.error === null ? await this.stored() : null] };
    } finally {
      await this.reset();
      await this.administer(`drop schema if exists ${pg.escapeIdentifier(this.schema)} cascade`);
    }
  }
}

/** Everything, without the ids, which may be given in any order. */
const content = {
  users: `select to_jsonb(users) - '{id,gone_since,created_at,updated_at}'::text[] as x, gone_since, created_at, updated_at
    from users order by name_key collate "C"`,
  archives: `select to_jsonb(a) - '{id,owner_id,created_at}'::text[] as x, user_name, a.created_at
    from archives a left join users u on u.id = owner_id order by a.name_key collate "C"`,
  access: `select a.name, user_name, x.privileges from archive_access x
    left join archives a on a.id = archive_id left join users u on u.id = user_id
    order by a.name_key collate "C", u.name_key collate "C"`,
  mail: `select a.name, encode(m.digest, 'hex') as digest, encode(m.raw, 'hex') as raw, imported_at
    from messages m left join archive_messages x on x.message_id = m.id
    left join archives a on a.id = archive_id order by a.name_key collate "C", m.digest`,
  runs: `select * from runs order by id`,
  changes: `select to_jsonb(c) - '{user_id,archive_id}'::text[] as x, user_id is null as nobody, archive_id is null as nothing
    from run_changes c order by run_id, position`,
  migrations: `select name, migration_time from migrations order by name`,
  relations: `select relname, relkind, relpersistence, reloptions, reltablespace, amname, relowner = datdba as owned
    from pg_class c left join pg_am on pg_am.oid = relam join pg_database on datname = current_database()
    where relnamespace = current_schema()::regnamespace order by relname`,
  columns: `select relname, attname, format_type(atttypid, atttypmod) as type, attnotnull, attidentity, attcompression,
      attcollation::regcollation::text as collation, pg_get_expr(adbin, adrelid) as value
    from pg_class c join pg_attribute a on attrelid = c.oid left join pg_attrdef d on adrelid = c.oid and adnum = attnum
    where relnamespace = current_schema()::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
    order by relname, attnum`,
  constraints: `select conname, pg_get_constraintdef(oid) as definition, convalidated, condeferrable from pg_constraint
    where connamespace = current_schema()::regnamespace order by conname`,
  indexes: `select relname, pg_get_indexdef(oid, 0, true) as definition, indisvalid from pg_class join pg_index on indexrelid = oid
    where relnamespace = current_schema()::regnamespace order by relname`,
};
