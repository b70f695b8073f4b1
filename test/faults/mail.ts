import type { Random } from './random.ts';

/** Small messages to the users of `twoListings` and to some whom nobody knows, so that they meet in every archive. */
export function smallMessages(count: number, users: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const to = [n % users, (n * 7) % users].map((user) => `user${user}@example.com`).join(', ');
    return `From: nobody${n % 5}@example.net\nTo: ${n % 10 === 0 ? 'stranger@example.org' : to}\nSubject: ${n}\n\nMessage ${n}.\n`;
  });
}

/** An mbox of them. */
export const mbox = (messages: readonly string[]) =>
  messages.map((message) => `From nobody Thu Jan  1 00:00:00 2026\n${message}\n`).join('');

/** The same in another order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const pool = [...items];
  return items.map(() => pool.splice(random.below(pool.length), 1)).flat();
}
