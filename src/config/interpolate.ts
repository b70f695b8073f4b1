export type Environment = Record<string, string | undefined>;

const reference = /\$\$|\$\{([^}]*)\}?/g;

/**
 * Replaces each `${NAME}` in a string from the environment, and each `$$` with a single `$`.
 *
 * @returns the new string, whether it contained a reference, and what is wrong with it, or null
 */
export function interpolate(
  text: string,
  environment: Environment,
): { value: string; isReplaced: boolean; problem: string | null } {
  const references = [...text.matchAll(reference)].map(([whole]) => whole).filter((whole) => whole !== '$$');
  const names = references.flatMap((whole) => /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(whole)?.[1] ?? []);
  const missing = [...new Set(names)].filter((name) => valueOf(environment, name) === undefined);
  const problems = [
    ...(names.length < references.length ? [malformed] : []),
    ...(missing.length > 0 ? [notSet(missing)] : []),
  ];
  return {
    value: text.replace(reference, (_, name?: string) =>
      name === undefined ? '$' : (valueOf(environment, name) ?? ''),
    ),
    isReplaced: references.length > 0,
    problem: problems.length > 0 ? problems.join('; ') : null,
  };
}

const malformed = '${ must be followed by the name of a variable and }; for a literal ${ write $${';

const notSet = (names: string[]) =>
  names.length === 1
    ? `the environment variable ${names.join()} is not set`
    : `the environment variables ${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''} are not set`;

/** Own properties only: `${constructor}` must not find what every object inherits. */
const valueOf = (environment: Environment, name: string) =>
  Object.hasOwn(environment, name) ? environment[name] : undefined;
