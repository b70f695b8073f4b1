import type { Limits } from '../core/limits.ts';
import type { ScopeRules } from '../core/scope.ts';
import type { ConfigFile } from './schema.ts';

/** Everything that a run has to know, read, checked and with its secrets in place. Times in ms, sizes in bytes. */
export interface Config {
  /** As the user named it; `-` for standard input. */
  file: string;
  directory: DirectoryConfig;
  database: DatabaseConfig;
  scope: ScopeRules;
  options: ConfigFile['options'];
  limits: Limits;
  defaultPrivileges: { user: string[]; archive: string[] };
  /** What is allowed but deserves a word at every run. */
  warnings: string[];
}

export interface DirectoryConfig {
  url: string;
  authentication: { userName: string; password: string } | null;
  login: { command: string; userNameParameter: string; passwordParameter: string; answerMember: string };
  tls: { ca: string | null; ignoreWarnings: boolean };
  timeouts: { connect: number; idle: number; total: number };
  retries: number;
  maxSize: number;
  proxy: string | null;
}

export type DatabaseConfig =
  { kind: 'postgres'; url: string; schema: string } | { kind: 'embedded'; folder: string };
