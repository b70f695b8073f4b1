import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type YAMLError,
} from 'yaml';

/** A place and what is wrong there. Line and column count from 1. */
export interface Problem {
  line: number;
  column: number;
  key: string;
  message: string;
}

/** Takes what is wrong at a place of the configuration. */
export type Report = (path: readonly PropertyKey[], message: string) => void;

/** A parsed YAML text that still knows where everything stood. */
export interface Source {
  value: unknown;
  problems: Problem[];
  /** The position of the value at a path, or of the nearest thing above it. */
  locate: (path: readonly PropertyKey[]) => { line: number; column: number };
  /** Whether the text at a path stands in the file as it is, rather than coming from the environment. */
  isLiteral: (path: readonly string[]) => boolean;
  /** Whether the text at a path has no quotes and ends at a `#`, which may have been meant as a part of it. */
  isCutByComment: (path: readonly string[]) => boolean;
}

type Environment = Record<string, string | undefined>;

/**
 * Parses YAML 1.2 and replaces `${NAME}` in its values from the environment; never in keys, and never before
 * parsing, so that a value cannot add keys. `$$` stands for a single `$`.
 */
export function parseYaml(text: string, environment: Environment): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: 'core',
    merge: false,
    stringKeys: true,
    // Pretty errors would print the line of the file, with the password in it.
    prettyErrors: false,
  });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    ...at(error.pos[0]),
    key: '',
    message: explain(error),
  }));
  const replaced = new WeakSet();
  if (problems.length === 0) {
    visit(document, {
      Alias(_, node) {
        problems.push({ ...at(node.range?.[0] ?? 0), key: '', message: noAliases });
      },
      Scalar(position, node) {
        if (typeof node.value !== 'string' || position === 'key') return;
        const { value, missing } = interpolate(node.value, environment);
        if (value !== node.value) replaced.add(node);
        node.value = value;
        for (const message of missing) problems.push({ ...at(node.range?.[0] ?? 0), key: '', message });
      },
    });
  }
  const literal = (path: readonly string[]) => {
    const node = document.getIn(path, true);
    return isScalar(node) && !replaced.has(node) ? node : null;
  };
  return {
    value: problems.length === 0 ? withoutNulls(document.toJS()) : undefined,
    problems,
    locate: (path) => at(offsetOf(document, path)),
    isLiteral: (path) => literal(path) !== null,
    isCutByComment: (path) => {
      const node = literal(path);
      if (node?.type !== 'PLAIN' || !node.range) return false;
      const [, end, after] = node.range;
      return /^[ \t]+#/.test(text.slice(end, after));
    },
  };
}

/** A section whose lines are all commented out is a null in YAML; it means the same as no section. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)]));
}

function interpolate(text: string, environment: Environment): { value: string; missing: string[] } {
  const missing: string[] = [];
  const value = text.replace(/\$\$|\$\{([^}]*)\}?/g, (whole, name?: string) => {
    if (name === undefined) return '$';
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || !whole.endsWith('}')) {
      missing.push('${ must be followed by the name of a variable and }; for a plain ${ write $${');
      return '';
    }
    const replacement = environment[name];
    if (replacement === undefined) missing.push(`the environment variable ${name} is not set`);
    return replacement ?? '';
  });
  return { value, missing };
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
      if (!pair) break;
      offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (!isNode(node) || isAlias(node)) break;
      offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** The parser's own words, without what it quotes: a password that begins with ! or * is a tag or an alias to it. */
function explain({ code, message }: YAMLError): string {
  switch (code) {
    case 'TAG_RESOLVE_FAILED':
      return 'tags (!name) are not supported; a text that begins with ! needs quotes';
    case 'BAD_ALIAS':
      return noAliases;
    case 'BAD_DIRECTIVE':
      return 'a line that begins with % is a directive; only %YAML 1.2 is known';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here; there can be only one';
    case 'BAD_DQ_ESCAPE':
      return 'in double quotes, a backslash has to be written twice';
    default:
      return /^[^\n]*?(?=: |["\n]|$)/.exec(message)?.[0].trim() ?? '';
  }
}

const noAliases = 'aliases (*name) are not supported; a text that begins with * needs quotes';
