import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { visible } from '../core/printable.ts';
import { interpolate, type Environment } from './interpolate.ts';
import type { Path, Position, Problem } from './problems.ts';

/** A parsed YAML file with the positions of its values. */
export interface Source {
  /** An unresolved reference is an empty string; a null in a section is left out. */
  value: unknown;
  /** Syntax errors and unsupported YAML, in the order of the file; if there are any, `value` is empty. */
  errors: Problem[];
  /** The values that could not be taken from the environment, or are lost. */
  unresolved: { path: Path; message: string }[];
  /** The position of the value at a path, or of its nearest existing parent. */
  locate: (path: Path) => Position;
  /** Whether the string at a path is written in the file, not taken from the environment. */
  isLiteral: (path: Path) => boolean;
  /** Whether the string at a path is unquoted and ends at a `#` that may have been meant as part of it. */
  isCutByComment: (path: Path) => boolean;
}

/**
 * Parses YAML 1.2 and replaces `${NAME}` in its values from the environment. Keys are left alone, and the replacement
 * follows the parsing, so a value cannot add keys.
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
  const errors: Problem[] = [];
  const refuse = (offset: number, message: string) =>
    errors.push({ ...at(offset), key: '', message: visible(message) });
  for (const error of [...document.errors, ...document.warnings]) refuse(error.pos[0], explain(error));

  const unresolved: Source['unresolved'] = [];
  const replaced = new WeakSet<Scalar>();
  function valueOf(node: unknown, path: string[]): unknown {
    if (isMap<Scalar>(node)) {
      const members = node.items.map(({ key, value }) => {
        const name = String(key.value);
        // Lost in a section with names of any kind, as the headers have.
        if (name === '__proto__') unresolved.push({ path: [...path, name], message: 'cannot be a key' });
        return [name, valueOf(value, [...path, name])] as const;
      });
      // A section whose lines are all commented out is null in YAML; treat it as absent.
      return Object.fromEntries(members.filter(([, value]) => value !== null));
    }
    if (isSeq(node)) return node.items.map((item, index) => valueOf(item, [...path, String(index)]));
    if (isAlias(node)) refuse(node.range?.[0] ?? 0, noAliases);
    if (!isScalar(node)) return null;
    if (node.value === null && node.anchor !== undefined) refuse(node.range?.[0] ?? 0, noAnchors);
    if (typeof node.value !== 'string') return node.value;
    const { value, isReplaced, problem } = interpolate(node.value, environment);
    if (isReplaced) replaced.add(node);
    if (problem === null) return value;
    unresolved.push({ path, message: problem });
    return '';
  }
  const value = errors.length === 0 ? valueOf(document.contents, []) : null;

  const literal = (path: Path) => {
    const node = document.getIn(path, true);
    return isScalar(node) && !replaced.has(node) ? node : null;
  };
  return {
    value: value ?? {},
    errors: errors.sort((a, b) => a.line - b.line || a.column - b.column),
    unresolved,
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

function offsetOf(document: Document, path: Path): number {
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
      if (!isNode(node)) break;
      offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** The parser's message without its quotes: a password that starts with ! or * is parsed as a tag or an alias. */
function explain({ code, message }: YAMLError): string {
  switch (code) {
    case 'TAG_RESOLVE_FAILED':
      return 'tags (!name) are not supported; a string that starts with ! needs quotes';
    case 'BAD_ALIAS':
      return noAliases;
    case 'BAD_DIRECTIVE':
      return 'a line that starts with % is a directive; only %YAML 1.2 is supported';
    case 'MULTIPLE_DOCS':
      return 'a second document starts here; there can be only one';
    case 'BAD_DQ_ESCAPE':
      return 'a backslash in double quotes must be written twice';
    case 'DUPLICATE_KEY':
      return 'this key appears twice';
    case 'NON_STRING_KEY':
      return 'a key must be a string';
    default: {
      const words = /^[^\n]*?(?=: |["\n]|$)/.exec(message)?.[0].trim() ?? '';
      return words.charAt(0).toLowerCase() + words.slice(1);
    }
  }
}

const noAnchors = 'anchors (&name) are not supported; a string that starts with & needs quotes';
const noAliases = 'aliases (*name) are not supported; a string that starts with * needs quotes';
