import type { CanActivate, ExecutionContext, ModuleMetadata, Type } from '@nestjs/common';
import { DqOptionsError } from '../core/errors/argument.errors.js';
import { knownKeys, unfit, wholeNumber } from '../core/options/option-checks.js';
import { namesOf } from '../core/options/option-names.js';
import { localNames } from './local-names.js';

/** Where the dashboard is, and who gets in: known before anything is made. */
export interface DqDashboardMount {
  /** Below the global prefix: letters, digits and `. _ ~ -`, parts divided by `/`. Without a version, whatever the application's versioning is. @default 'dq' */
  readonly path?: string | undefined;
  /** Stand before the page, its files and its API: classes, which Nest makes as those of `@UseGuards`, or objects. Required, unless `unguarded` is true. */
  readonly guards?: readonly (Type<CanActivate> | CanActivate)[] | undefined;
  /**
   * True: everybody who reaches the application may read and delete jobs. For development, or where something else guards it. A request from this machine has
   * to ask for `localhost` or an address, so that no other site in its browser can. @default false
   */
  readonly unguarded?: boolean | undefined;
  /** Modules with what the guards need. */
  readonly imports?: ModuleMetadata['imports'] | undefined;
}

/**
 * How a payload is shown: what it returns is, in place of the payload. When it throws, nothing is. Bodies that are no jobs, and payloads of bytes, are not shown then.
 */
export type DqDashboardRedaction = (data: unknown, of: { readonly tube: string }) => unknown;

/** What the dashboard shows and allows. */
export interface DqDashboardSettings {
  /** True, or what returns true for a request: its actions are refused. Called for each request that needs it; when it throws, nothing is allowed. @default false */
  readonly readOnly?: boolean | ((context: ExecutionContext) => boolean) | undefined;
  /** Whether payloads are shown, as text of at most 64 KiB, or what makes of a payload what is shown. @default true */
  readonly payloads?: boolean | DqDashboardRedaction | undefined;
  /** Names the application on the page: 1 to 100 characters. @default 'Jobs' */
  readonly title?: string | undefined;
  /** How far back the charts of this process go: 1 to 360 minutes. Each tube with attempts costs 21 KB of memory for each 10 minutes. @default 60 */
  readonly historyMinutes?: number | undefined;
  /** Who acts, for the event `operator-action`, such as the user that a guard has put on the request. At most 200 characters of it are told. */
  readonly actor?: ((context: ExecutionContext) => string | undefined) | undefined;
}

/** What `DqDashboardModule.forRoot` takes. */
export interface DqDashboardOptions extends DqDashboardMount, DqDashboardSettings {}

/** Makes the options of `forRootAsync` as a class. */
export interface DqDashboardOptionsFactory {
  createDqDashboardOptions(): DqDashboardSettings | Promise<DqDashboardSettings>;
}

export interface ResolvedMount {
  readonly path: string;
  readonly guards: readonly (Type<CanActivate> | CanActivate)[];
}

export interface ResolvedSettings {
  readonly readOnly: (context: ExecutionContext) => boolean;
  readonly payloads: boolean | DqDashboardRedaction;
  readonly title: string;
  readonly historyMinutes: number;
  readonly actor: (context: ExecutionContext) => string | undefined;
}

const MOUNT = namesOf<DqDashboardMount>()(['path', 'guards', 'unguarded', 'imports']);
const SETTINGS = namesOf<DqDashboardSettings>()(['readOnly', 'payloads', 'title', 'historyMinutes', 'actor']);
const ALL: ReadonlySet<string> = new Set([...MOUNT, ...SETTINGS]);
const PATH = /^[\w.~-]+(?:\/[\w.~-]+)*$/;
const LONGEST_TITLE = 100;
const MOST_MINUTES = 360;

/** @throws DqOptionsError */
export function checkNames(options: DqDashboardOptions): void {
  knownKeys(options, 'the options of DqDashboardModule', ALL);
}

/** @throws DqOptionsError */
export function resolveMount({ path = 'dq', guards = [], unguarded = false }: DqDashboardMount): ResolvedMount {
  const trimmed = typeof path === 'string' ? path.replaceAll(/^\/|\/$/g, '') : '';
  if (!PATH.test(trimmed)) throw unfit('path', "a path such as 'dq' or 'admin/jobs'", path);
  if (!Array.isArray(guards)) throw unfit('guards', 'a list, such as [AdminGuard]', guards);
  for (const guard of guards) {
    if (typeof guard !== 'function' && !isGuard(guard))
      throw unfit('each of guards', 'a class, or an object with canActivate', guard);
  }
  if (typeof unguarded !== 'boolean') throw unfit('unguarded', 'true or false', unguarded);
  if (guards.length > 0 && unguarded)
    throw new DqOptionsError('Expected guards or unguarded: true, got both. Leave one out.');
  if (guards.length === 0 && !unguarded) {
    throw new DqOptionsError(
      'Expected DqDashboardModule to be given guards, got none: whoever reaches the page could read and delete jobs. Write guards: [AdminGuard], ' +
        'or unguarded: true where nobody else can reach it.',
    );
  }
  return { path: trimmed, guards: unguarded ? [localNames] : guards };
}

/** @throws DqOptionsError */
export function resolveSettings(given: DqDashboardSettings): ResolvedSettings {
  knownKeys(given, 'the options of DqDashboardModule', SETTINGS);
  const { readOnly = false, payloads = true, title = 'Jobs', historyMinutes = 60, actor } = given;
  if (typeof readOnly !== 'boolean' && typeof readOnly !== 'function')
    throw unfit('readOnly', 'true, false or a function', readOnly);
  if (typeof payloads !== 'boolean' && typeof payloads !== 'function')
    throw unfit('payloads', 'true, false or a function', payloads);
  if (typeof title !== 'string' || title === '' || title.length > LONGEST_TITLE)
    throw unfit('title', `1 to ${LONGEST_TITLE} characters`, title);
  if (actor !== undefined && typeof actor !== 'function') throw unfit('actor', 'a function', actor);
  return {
    readOnly: typeof readOnly === 'function' ? readOnly : () => readOnly,
    payloads,
    title,
    historyMinutes: wholeNumber(historyMinutes, 'historyMinutes', 1, MOST_MINUTES),
    actor: actor ?? (() => undefined),
  };
}

function isGuard(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as Partial<CanActivate>).canActivate === 'function'
  );
}
