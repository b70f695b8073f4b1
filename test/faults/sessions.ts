import { difference } from '../database/plain.ts';
import { Crowd } from '../database/session-crowd.ts';
import { Ground, type Setting, type Tale } from '../database/session-ground.ts';
import { upgradeStory } from '../database/session-story.ts';
import { administer } from '../servers/administer.ts';
import { sum, type Context, type Fault, type Result } from './fault.ts';
import { inLanes } from './lanes.ts';
import type { Random } from './random.ts';
import { everySetting } from './session-settings.ts';

/** Sessions that differ from those of a new server in one setting. */
interface Variant {
  what: string;
  setting: Setting | null;
  /** For the connection, as in PGOPTIONS. */
  options: string;
}

interface Difference {
  words: string;
  /** It is a refusal in one line and not another result. */
  refused: boolean;
}

export const sessions: Fault = {
  promise: 'Settings of the database and names of the schema change nothing',
  figure:
    'a year of all commands, told and stored as without it, or refused in one line where it forbids the work',
  run: async (context) => {
    const reference = await usingGround(context.postgres.url, {}, (ground) => ground.tell([]));
    const broken = reference.steps.find(({ error }) => error !== null);
    if (broken) throw new Error(`the story itself fails: ${broken.name}: ${broken.error?.message ?? ''}`);
    return sum([await settings(context, reference), await reservedWords(context, reference)]);
  },
};

/** Settings that forbid the work or leave no room for it. */
const mayRefuse =
  /^(PGOPTIONS )?(role|default_transaction_read_only|statement_timeout|session_replication_role|idle_in_transaction_session_timeout|idle_session_timeout|transaction_timeout|temp_file_limit|temp_buffers|max_stack_depth|restrict_nonsystem_relation_kind) ?=/;

const throughOptions = [
  'datestyle=german',
  'array_nulls=off',
  'default_transaction_read_only=on',
  'timezone=Africa/Monrovia',
  'bytea_output=escape',
  'search_path=public',
  'gin_fuzzy_search_limit=1',
].map((option) => ({ what: `PGOPTIONS ${option}`, setting: null, options: `-c ${option}` }));

async function settings({ postgres, random, times, tell }: Context, reference: Tale): Promise<Result> {
  const all: Variant[] = [
    ...(await everySetting(postgres.url)).map((setting) => ({
      what: `${setting.name} = ${setting.value}`,
      setting,
      options: '',
    })),
    ...throughOptions,
  ];
  const variants = sample(all, times(all.length), random);
  const violations: string[] = [];
  const seen = { same: 0, refused: 0, notSettable: 0 };
  const open = async () => ({
    ground: await Ground.open(postgres.url),
    crowd: await Crowd.gather(postgres.url),
  });
  const close = async ({ ground, crowd }: { ground: Ground; crowd: Crowd }) => {
    await ground.close();
    await crowd.close();
  };
  await inLanes(variants.length, open, close, async ({ ground, crowd }, index) => {
    const { what, setting, options } = variants[index] as Variant;
    if (setting && !(await isSettable(ground, setting))) {
      seen.notSettable += 1;
      return;
    }
    const found =
      compare(await ground.tell(setting ? [setting] : [], options), reference) ??
      (await miss(crowd, setting, options));
    if (found === null) seen.same += 1;
    else if (found.refused && mayRefuse.test(what)) {
      seen.refused += 1;
      tell(`refused: ${what}: ${found.words}`);
    } else violations.push(`${what}: ${found.words}`);
  });
  const { same, refused, notSettable } = seen;
  return {
    done: variants.length - notSettable,
    violations,
    detail: `settings: ${same} change nothing, ${refused} are refused, ${notSettable} cannot be set`,
  };
}

async function miss(crowd: Crowd, setting: Setting | null, options: string): Promise<Difference | null> {
  const missing = await crowd.missing(setting, options).catch((error: unknown) => String(error));
  return missing === 0 ? null : { words: `archives resolve: misses ${missing} users`, refused: false };
}

async function reservedWords({ postgres, random, times }: Context, { steps, stored }: Tale): Promise<Result> {
  const rows = (await administer(
    postgres.url,
    `select word from pg_get_keywords() where catcode in ('R', 'T')`,
  )) as { word: string }[];
  const words = sample(rows, times(rows.length), random);
  const violations: string[] = [];
  await inLanes(
    words.length,
    () => Promise.resolve(),
    () => Promise.resolve(),
    async (_, index) => {
      const schema = words[index]?.word ?? '';
      const told = await usingGround(postgres.url, { schema }, (ground) => ground.tellWhole());
      const expected = { steps: steps.slice(Object.keys(upgradeStory).length), stored: stored.slice(1) };
      const found = compare(told, expected);
      if (found !== null) violations.push(`schema ${schema}: ${found.words}`);
    },
  );
  return { done: words.length, violations, detail: `${words.length} reserved words as the schema` };
}

/** Another result is told before another state, because it says more. */
function compare(tale: Tale, reference: Tale): Difference | null {
  for (const [index, { name, said, error }] of tale.steps.entries()) {
    if (error !== null) {
      const words = `${name}: ${error.isBug ? 'a bug in rollcall: ' : ''}${error.message}`;
      return { words, refused: !error.isBug && !error.message.includes('\n') };
    }
    const words = difference(said, reference.steps[index]?.said, name);
    if (words !== null) return { words, refused: false };
  }
  const words = difference(tale.stored, reference.stored, 'stored');
  return words === null ? null : { words, refused: false };
}

async function isSettable(ground: Ground, setting: Setting): Promise<boolean> {
  try {
    await ground.set(setting);
    return true;
  } catch {
    return false;
  } finally {
    await ground.reset();
  }
}

async function usingGround<T>(
  server: string,
  options: { schema?: string },
  work: (ground: Ground) => Promise<T>,
): Promise<T> {
  const ground = await Ground.open(server, options);
  try {
    return await work(ground);
  } finally {
    await ground.close();
  }
}

/** Up to `count` of them, each once. */
function sample<T>(items: readonly T[], count: number, random: Random): T[] {
  const left = [...items];
  const taken: T[] = [];
  while (taken.length < count && left.length > 0) taken.push(...left.splice(random.below(left.length), 1));
  return taken;
}
