import { sum, type Context, type Fault } from './fault.ts';
import { interruptions } from './interruptions.ts';
import { logins } from './logins.ts';

export const patience: Fault = {
  promise: 'Nothing waits for ever',
  figure:
    'logins with a directory or database that stops at any point, and whether they tell who has an account; signals while a command waits for a pipe or a listing',
  run: async (context: Context) => {
    const times = context.times(4);
    const results = [await logins(context, times)];
    for (const kind of ['postgres', 'embedded'] as const)
      results.push(await interruptions(context, kind, times));
    return sum(results);
  },
};
