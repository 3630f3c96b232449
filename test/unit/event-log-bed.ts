import { beforeEach } from '@jest/globals';
import { DqEventLog } from '../../lib/nest/dq.event-log.js';
import { ManualClock } from '../support/manual-clock.js';

export const LOST = { type: 'node-lost', node: 'a:1', reason: 'a:1 closed the connection.', reached: true } as const;
export const JOB = { tube: 'orders', id: 'order-1', handler: 'OrderJobs.expire' } as const;

/** An event log under a manual clock, anew for each test, and the lines that it has written, each with its level. */
export class EventLogBed {
  clock!: ManualClock;
  lines!: [string, string][];
  log!: DqEventLog;

  constructor() {
    beforeEach(() => {
      this.clock = new ManualClock();
      this.lines = [];
      const to = (level: string) => (text: string) => void this.lines.push([level, text]);
      this.log = new DqEventLog({ log: to('log'), warn: to('warn'), error: to('error') }, this.clock);
    });
  }
}
