/** What a check found. `warning` works today; `failed` needs to be mended; `skipped` could not be checked. */
export type Grade = 'ok' | 'warning' | 'failed' | 'skipped';

/** The result of one check of `doctor` or `directory check`. */
export interface Finding {
  /** What was checked, in camelCase: a code for programs, never reworded. */
  check: string;
  grade: Grade;
  /** What was found, in one line that is safe for a terminal; it never contains a secret. */
  message: string;
  /** What to do; null if there is nothing to do. */
  hint: string | null;
}

/** How many findings have each grade. */
export type Grades = Record<Grade, number>;

export const noGrades = (): Grades => ({ ok: 0, warning: 0, failed: 0, skipped: 0 });
