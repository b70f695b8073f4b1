const nothing = () => undefined;

/** knex would write its warnings to standard output, where the result goes. */
export const silent = { warn: nothing, error: nothing, deprecate: nothing, debug: nothing };
