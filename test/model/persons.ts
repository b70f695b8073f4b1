import type { Store } from '../../src/database/store.ts';
import type { Directory } from '../servers/directory.ts';
import { put } from '../support/state.ts';
import { dnKinds, type DnKind } from './persons-entry.ts';
import { Organization } from './persons-history.ts';
import { figuresOf, Ledger, type Figures } from './persons-ledger.ts';
import { naive, nobody, type NaiveState } from './persons-naive.ts';
import { Program } from './persons-program.ts';

export interface Size {
  organizations: number;
  years: number;
  seed: number;
  /** Runs; without it, one a month. */
  nightsPerYear?: number;
}

export interface Simulated {
  /** Of the real program. */
  rules: Figures;
  /** Of the rule that never asks, over the same histories. */
  naive: Figures;
  /** What the administrator did, in all. */
  administrator: Program['steps'];
  /** The messages of answers that were refused. */
  refusals: string[];
}

/**
 * Plays organizations over some years, night by night, and counts how often somebody gets another person's mail or
 * privileges, and how often a question is asked. Half of the organizations delete users, half keep them.
 *
 * @param store is emptied
 */
export async function simulate(
  store: Store,
  directory: Directory,
  { organizations, years, seed, nightsPerYear = 12 }: Size,
): Promise<Simulated> {
  const sizes = new Map(dnKinds.map((kind) => [kind, { histories: 0, years: 0 }]));
  const sizeOf = (kind: DnKind) => sizes.get(kind) ?? { histories: 0, years: 0 };
  const played: { program: Program; real: Ledger; naive: Ledger }[] = [];
  for (const deleteUsers of [true, false]) {
    await put(store, {});
    const firms = Array.from({ length: organizations }, (_, i) => i)
      .filter((i) => (i % 2 === 0) === deleteUsers)
      .map((i) => new Organization(i, dnKinds[(i >> 1) % dnKinds.length] ?? 'none', { seed, nightsPerYear }));
    const ledgers = { real: new Ledger(), naive: new Ledger() };
    const program = new Program({ store, directory, deleteUsers, ledger: ledgers.real });
    const mail = new Set<string>();
    let state: NaiveState = nobody;
    for (let night = 0; night < years * nightsPerYear; night++) {
      const listed = firms.flatMap((firm) => firm.next());
      for (const { kind } of listed) sizeOf(kind).years += 1 / nightsPerYear;
      await program.night(listed);
      const after = naive(state, listed, deleteUsers, (archive) => mail.has(archive));
      ledgers.naive.observe(after);
      for (const archive of ledgers.naive.receive(after)) mail.add(archive);
      state = after;
    }
    for (const firm of firms) sizeOf(firm.kind).histories += firm.persons;
    played.push({ program, ...ledgers });
  }
  const sum = (step: keyof Simulated['administrator']) =>
    played.reduce((total, { program }) => total + program.steps[step], 0);
  return {
    rules: figuresOf(
      played.map(({ real }) => real),
      sizes,
    ),
    naive: figuresOf(
      played.map((one) => one.naive),
      sizes,
    ),
    administrator: { answered: sum('answered'), byHand: sum('byHand'), open: sum('open') },
    refusals: played.flatMap(({ program }) => program.refusals),
  };
}
