import type { Program, Task } from './commands.ts';
import type { Day } from './data.ts';

/** A store before a run: as the migrations make it, or with the people of `base` in it. */
export type State = 'empty' | 'base';

/** What the tables hold, in short: whoever has done the same work has the same. */
interface Contents {
  /** What all contenders fill. */
  rows: string;
  /** What only rollcall fills. */
  keys: string;
}

/** Where rollcall can keep its tables. */
export interface Stores {
  /** Makes the states to start from, by a version of rollcall. */
  prepare(program: Program, size: number): Promise<void>;
  /** Removes what `prepare` made. */
  forget(program: Program, size: number): Promise<void>;
  /** Hands out a fresh copy of a state. */
  lend<T>(
    program: Program,
    from: { state: State; day: Day },
    size: number,
    use: (task: Task) => Promise<T>,
  ): Promise<T>;
  /** What a statement answers on the copy that is lent: its first row. */
  ask(statement: string): Promise<string[]>;
  /** Changes the tables of the copy that is lent. */
  alter(statement: string): Promise<void>;
}

export async function contentsOf(stores: Stores): Promise<Contents> {
  const [rows = '', keys = ''] = await stores.ask(`
    select concat_ws(' ', count(*), sum(hashtext(concat_ws('|', user_name, full_name, distinguished_name,
        email_addresses, address_keys, privileges))::bigint), (select count(*) from rollcall.archives where owner_id is not null),
        (select count(*) from rollcall.archive_access)),
      concat_ws(' ', count(dn_key), sum(hashtext(concat_ws('|', name_key, dn_key))::bigint))
    from rollcall.users`);
  return { rows, keys };
}
