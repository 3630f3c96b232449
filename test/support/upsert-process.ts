import { join } from 'node:path';
import { AppProcess } from '../../harness/app-process.mjs';
import type { DqOptions } from '../../lib/core/options/dq-options.js';
import { until, type WaitOptions } from './wait.js';

/** Calls of `upsert`: of each key, in rounds, all keys of a round at once. */
export interface UpsertOrder {
  readonly keys: readonly string[];
  readonly rounds: number;
  readonly delay: number;
  /** Tells the payloads of a process apart. */
  readonly name: string;
}

export interface UpsertSetup {
  readonly options: DqOptions;
  readonly tube: string;
}

export type UpsertReport =
  | { readonly type: 'open' }
  | { readonly type: 'round'; readonly name: string; readonly round: number; readonly outcomes: readonly string[] };

/** A producer in a process of its own, which may be killed between any two steps of its calls. */
export class UpsertProcess extends AppProcess<UpsertReport> {
  static async start(setup: UpsertSetup): Promise<UpsertProcess> {
    const process = new UpsertProcess({ name: 'the producer', script: join(import.meta.dirname, 'upsert-script.ts') });
    process.tell(setup);
    await process.told(() => process.messages.some(({ type }) => type === 'open'), { what: 'being open' });
    return process;
  }

  call(order: UpsertOrder): void {
    this.tell(order);
  }

  /** What its calls of one round came to: outcomes, or codes of errors. */
  async round(name: string, round: number, options: WaitOptions = {}): Promise<readonly string[]> {
    const report = await until(
      () => this.messages.find((one) => one.type === 'round' && one.name === name && one.round === round),
      { what: `round ${round} of ${name}`, timeout: 20_000, ...options },
    );
    return report.type === 'round' ? report.outcomes : [];
  }
}
