// What the thread of the file uses of node:sqlite. The types of the oldest Node that is promised do not know it.
declare module 'node:sqlite' {
  type SqlValue = string | number | Uint8Array | null;

  export interface StatementSync {
    run(...values: readonly SqlValue[]): unknown;
    get(...values: readonly SqlValue[]): Record<string, SqlValue> | undefined;
    iterate(...values: readonly SqlValue[]): Iterable<Record<string, SqlValue>>;
  }

  export class DatabaseSync {
    constructor(path: string);
    exec(sql: string): void;
    prepare(sql: string): StatementSync;
    close(): void;
  }
}
