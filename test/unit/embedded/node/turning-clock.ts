import { ManualClock } from '../../../support/manual-clock.js';

/** A manual clock whose turns go by themselves, while time stands still. */
export class TurningClock extends ManualClock {
  override defer(run: () => void): void {
    super.defer(run);
    setImmediate(() => this.turn());
  }
}
