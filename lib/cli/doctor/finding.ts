/** `warn`: it works, but something should be looked at, or could not be looked at. */
export type Level = 'ok' | 'warn' | 'error';

/** The worst first. */
export const LEVELS: readonly Level[] = ['error', 'warn', 'ok'];

/** What a check came to. */
export interface Finding {
  /** What was looked at: a node's address, `Redis`, `this machine`, the application's folder, a tube. */
  readonly subject: string;
  readonly check: string;
  readonly level: Level;
  readonly found: string;
  /** What to do about it. */
  readonly todo?: string | undefined;
  /** True for a server that does not answer. */
  readonly away?: true;
}

/** What one check says: where it is well, where it is not, and what to do then. */
export type Sayings = { readonly ok: string; readonly todo?: string | undefined; readonly unknown?: string } & (
  { readonly warn: string } | { readonly error: string }
);

/** Gathers what is found of one subject. */
export class Findings {
  readonly all: Finding[] = [];

  constructor(readonly subject: string) {}

  ok(check: string, found: string): void {
    this.#add(check, 'ok', found);
  }

  warn(check: string, found: string, todo?: string): void {
    this.#add(check, 'warn', found, todo);
  }

  error(check: string, found: string, todo?: string): void {
    this.#add(check, 'error', found, todo);
  }

  /** One check. `isWell` undefined: it is not known. */
  rate(check: string, isWell: boolean | undefined, says: Sayings): void {
    if (isWell === undefined) this.unknown(check, says.unknown ?? 'it does not say');
    else if (isWell) this.ok(check, says.ok);
    else if ('error' in says) this.error(check, says.error, says.todo);
    else this.warn(check, says.warn, says.todo);
  }

  /** It could not be looked at, so that nothing is said for it. */
  unknown(check: string, why: string, todo?: string): void {
    this.#add(check, 'warn', `not known: ${why}`, todo);
  }

  /** A server that does not answer, and what is therefore not known. */
  away(found: string, todo: string): void {
    this.all.push({ subject: this.subject, check: 'answers', level: 'error', found, todo, away: true });
    this.unknown('all else', 'it does not answer');
  }

  #add(check: string, level: Level, found: string, todo?: string): void {
    this.all.push({ subject: this.subject, check, level, found, ...(todo === undefined ? undefined : { todo }) });
  }
}
