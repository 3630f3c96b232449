import { join } from 'node:path';
import { AppProcess } from '../../harness/app-process.mjs';
import type { DqOptions, DqRunOptions } from '../../lib/index.js';
import type { DqCronOptions } from '../../lib/cron/index.js';

export interface CronSetup {
  readonly servers: Pick<DqOptions, 'beanstalks' | 'redis'>;
  readonly tube: string;
  readonly times: string;
  readonly options: DqCronOptions;
  readonly own: DqRunOptions;
}

/** A run that was begun. */
export interface CronRun {
  readonly slot: number;
  readonly at: number;
  readonly missed: number;
  readonly attempt: number;
}

/** An application with one method that has `@DqCron`, in a process of its own. */
export class CronProcess extends AppProcess<CronRun> {
  static async start(setup: CronSetup): Promise<CronProcess> {
    const script = join(import.meta.dirname, 'cron-script.ts');
    const child = new CronProcess({ name: 'the cron process', script });
    child.tell(setup);
    await child.told(() => child.messages.length > 0, { what: 'being started' });
    return child;
  }

  get runs(): readonly CronRun[] {
    return this.messages.slice(1);
  }
}
