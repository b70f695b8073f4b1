/**
 * Two listings between which a directory goes to and fro: the second lacks the first tenth, has as many others, and
 * half of the rest have another full name.
 */
export function twoListings(size: number): [string, string] {
  const shift = Math.ceil(size / 10);
  const list = (from: number, title: string) =>
    JSON.stringify(
      Array.from({ length: size }, (_, i) => from + i).map((n) => ({
        userName: `user${n}`,
        fullName: n % 2 === 0 ? `${title} ${n}` : `Somebody ${n}`,
        distinguishedName: `UID=${n},DC=example,DC=com`,
        emailAddresses: [`user${n}@example.com`, `u.${n}@example.com`],
      })),
    );
  return [list(0, 'Dr.'), list(shift, 'Prof.')];
}
