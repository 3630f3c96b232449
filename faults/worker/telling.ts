import type { Speaker } from '../../harness/application/user.js';
import type { Happening } from '../../harness/history/history.js';
import type { HistoryEvent } from '../../harness/history/history-event.js';
import type { OneClock } from '../../harness/history/one-clock.js';
import type { Report } from './messages.js';

/** Tells the run's first process what happens here, at once and one by one: a process that is killed has told all before. */
export class Telling implements Speaker {
  constructor(
    readonly name: string,
    readonly clock: OneClock,
  ) {}

  happened(happening: Happening): void {
    this.send({ type: 'history', event: { ...happening, at: this.clock.now() } as HistoryEvent });
  }

  send(report: Report): void {
    // The first process has died and this one is about to be ended with it.
    if (process.connected) process.send?.(report);
  }
}
