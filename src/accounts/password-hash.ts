import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * Passwords of integrated users as they are stored: scrypt with its parameters and a salt, in the PHC string format
 * (`$scrypt$ln=15,r=8,p=3$salt$hash`, Base64 without padding).
 */
const strength = { ln: 15, r: 8, p: 3 };
const length = 32;

/** @returns the string to store instead of the password */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, strength);
  const { ln, r, p } = strength;
  return `$scrypt$ln=${ln},r=${r},p=${p}$${encode(salt)}$${encode(hash)}`;
}

/**
 * Compares in constant time. Without a stored hash it takes just as long, and returns false.
 *
 * @param kept what `hashPassword` returned, or null
 */
export async function verifyPassword(password: string, kept: string | null): Promise<boolean> {
  const [, ln, r, p, salt, hash] =
    /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(kept ?? '') ?? [];
  if (salt === undefined || hash === undefined) {
    await derive(password, Buffer.alloc(16), strength);
    return false;
  }
  const derived = await derive(password, decode(salt), { ln: Number(ln), r: Number(r), p: Number(p) });
  const expected = decode(hash);
  return expected.length === derived.length && timingSafeEqual(derived, expected);
}

const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
const decode = (text: string) => Buffer.from(text, 'base64');

function derive(password: string, salt: Buffer, { ln, r, p }: typeof strength): Promise<Buffer> {
  const cost = { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r };
  // Another keyboard may produce the same password in another Unicode form.
  return new Promise((resolve, reject) =>
    scrypt(password.normalize('NFC'), salt, length, cost, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}
