import { at } from './named-files.ts';

const authentication = ['directory', 'authentication'];
const named = [
  ['directory', 'headers'],
  ['directory', 'parameters'],
  ['after', 'webhook', 'headers'],
];
/** Whoever knows these URLs can write there. */
export const hookUrls = [
  ['after', 'webhook', 'url'],
  ['after', 'ping', 'success'],
  ['after', 'ping', 'failure'],
];

/**
 * The paths of all values for the directory and for what follows a run that may be secrets.
 *
 * @param value the parsed configuration, not yet validated
 */
export function secretValues(value: unknown): string[][] {
  const below = (path: string[]) => Object.keys(Object(at(value, path)) as object);
  return [
    [...authentication, 'password'],
    [...authentication, 'token'],
    ...named.flatMap((path) => below(path).map((name) => [...path, name])),
  ];
}

/** Whether the value at such a path is a secret by its name: a tenant in a header is none. */
export const isSurelySecret = (path: readonly string[]) =>
  /auth|cookie|credential|key|pass|secret|signature|token/i.test(path.slice(1).join('.'));
