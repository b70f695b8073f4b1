import { dnKinds, type DnKind, type Listed } from './persons-entry.ts';

export interface Figure {
  histories: number;
  userYears: number;
  mixUps: number;
  /** Of the mix-ups, those in which somebody gets another person's mail; all others are about privileges alone. */
  ofMail: number;
  questions: number;
  /** Of the questions, those about one and the same person. */
  needless: number;
  /** Per 1,000 user-years. */
  mixUpRate: number;
  questionRate: number;
}

export type Figures = Record<DnKind | 'all', Figure>;

/** What a night has come to: who is who by the program, and what belongs to whom. */
export interface Night {
  /** By user row: the entry that it carries now. */
  carried: ReadonlyMap<string, Listed>;
  /** By archive: the row that owns it. */
  owners: ReadonlyMap<string, string>;
}

/** Knows to whom every user row and every archive truly belongs, and counts where the program takes it otherwise. */
export class Ledger {
  readonly #persons = new Map<string, string>();
  readonly #mail = new Map<string, Set<string>>();
  readonly #mixUps = new Map<string, { kind: DnKind; ofMail: boolean }>();
  readonly #questions = new Map<string, { kind: DnKind; isSame: boolean }>();

  personOf = (row: string) => this.#persons.get(row);

  hasMailOf = (archive: string, person: string) => this.#mail.get(archive)?.has(person) === true;

  /** Each pair of persons counts once. */
  observe({ carried, owners }: Night): void {
    const mixUp = (from: string, { person, kind }: Listed, ofMail: boolean) => {
      const pair = `${from} > ${person}`;
      this.#mixUps.set(pair, { kind, ofMail: ofMail || this.#mixUps.get(pair)?.ofMail === true });
    };
    for (const [row, listed] of carried) {
      const before = this.#persons.get(row);
      if (before !== undefined && before !== listed.person) mixUp(before, listed, false);
      this.#persons.set(row, listed.person);
    }
    for (const [archive, row] of owners) {
      const listed = carried.get(row);
      const mail = this.#mail.get(archive);
      if (!listed || !mail) continue;
      const others = [...mail].filter((person) => person !== listed.person);
      for (const person of others) mixUp(person, listed, true);
      // Told once; from now on it is theirs.
      if (others.length > 0) this.#mail.set(archive, new Set([listed.person]));
    }
  }

  /** Mail comes in; returns the archives that had none. */
  receive({ carried, owners }: Night): string[] {
    const first: string[] = [];
    for (const [archive, row] of owners) {
      const listed = carried.get(row);
      if (!listed?.mail) continue;
      const mail = this.#mail.get(archive) ?? new Set();
      if (mail.size === 0) first.push(archive);
      this.#mail.set(archive, mail.add(listed.person));
    }
    return first;
  }

  /** @param question whose it is, and whether the truth is that the two are one person */
  ask(pair: string, question: { kind: DnKind; isSame: boolean }): void {
    this.#questions.set(pair, question);
  }

  count(of: DnKind | 'all') {
    const counts = ({ kind }: { kind: DnKind }) => of === 'all' || of === kind;
    const mixUps = [...this.#mixUps.values()].filter(counts);
    const questions = [...this.#questions.values()].filter(counts);
    return {
      mixUps: mixUps.length,
      ofMail: mixUps.filter(({ ofMail }) => ofMail).length,
      questions: questions.length,
      needless: questions.filter(({ isSame }) => isSame).length,
    };
  }
}

/** @param sizes how many persons there were of each kind, and for how many years they were listed, all together */
export function figuresOf(
  ledgers: Ledger[],
  sizes: ReadonlyMap<DnKind, { histories: number; years: number }>,
): Figures {
  const figureOf = (of: DnKind | 'all'): Figure => {
    const kinds = of === 'all' ? dnKinds : [of];
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    const histories = sum(kinds.map((kind) => sizes.get(kind)?.histories ?? 0));
    const userYears = Math.round(sum(kinds.map((kind) => sizes.get(kind)?.years ?? 0)));
    const counts = ledgers.map((ledger) => ledger.count(of));
    const total = (what: 'mixUps' | 'ofMail' | 'questions' | 'needless') =>
      sum(counts.map((count) => count[what]));
    const [mixUps, questions] = [total('mixUps'), total('questions')];
    const rate = (number: number) => Math.round((number * 10_000) / Math.max(userYears, 1)) / 10;
    return {
      ...{ histories, userYears, mixUps, ofMail: total('ofMail'), questions, needless: total('needless') },
      ...{ mixUpRate: rate(mixUps), questionRate: rate(questions) },
    };
  };
  return Object.fromEntries([...dnKinds, 'all' as const].map((of) => [of, figureOf(of)])) as Figures;
}
