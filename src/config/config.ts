import type { AfterSettings } from '../after/after-settings.ts';
import type { Limits } from '../core/limits.ts';
import type { Members } from '../core/members.ts';
import type { ScopeRules } from '../core/scope.ts';
import type { DatabaseSettings } from '../database/open-store.ts';
import type { DirectorySettings } from '../directory/open-directory.ts';
import type { ConfigFile } from './schema.ts';

/** The checked configuration: with secrets, times of the directory in milliseconds, sizes in bytes. */
export interface Config {
  /** As the user named it; `-` for standard input. */
  file: string;
  directory: DirectorySettings;
  /** What the directory calls the members of an entry. */
  members: Members;
  database: DatabaseSettings;
  scope: ScopeRules;
  options: ConfigFile['options'];
  limits: Limits;
  after: AfterSettings;
  defaultPrivileges: { user: string[]; archive: string[] };
  /** The lines of the rules of the scope in the file. */
  scopeLines: Record<keyof ScopeRules, number[]>;
  /** Settings that are allowed but risky, one line each. */
  warnings: string[];
}
