/** The known word that the given one is probably a typo or the beginning of; null when there is none. */
export function nearest(key: string, known: readonly string[]): string | null {
  const given = key.toLowerCase();
  const slips = (name: string) => distance(given, name.toLowerCase());
  const candidates = known
    .filter((name) => Math.abs(name.length - key.length) <= 3 && slips(name) <= Math.max(1, name.length / 3))
    .sort((a, b) => slips(a) - slips(b));
  const beginning = given.length < 2 ? [] : known.filter((name) => name.toLowerCase().startsWith(given));
  return candidates[0] ?? beginning[0] ?? null;
}

/** How many characters have to be inserted, removed or replaced to turn one word into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
