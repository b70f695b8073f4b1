import { inject } from 'vitest';
import { createDatabase as createOn } from './administer.ts';

/** Makes a new, empty database on the Postgres of all tests; `drop` ends its connections, too. */
export const createDatabase = (options?: string) => createOn(inject('postgresUrl'), options);
