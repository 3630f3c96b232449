import type { HistoryRecord, HistorySettings, Holder, SettleRequest } from '../../core/claims/claim-store.js';

/** Where an outcome is written. */
export interface HistoryLog {
  readonly tube: string;
  readonly history: HistorySettings;
}

/** What became of the last attempts of each tube that keeps a history. It ends with the process. */
export class Histories {
  readonly #tubes = new Map<string, HistoryRecord[]>();
  #written = 0;

  note({ tube, history }: HistoryLog, { token }: Holder, { attempt, entry }: SettleRequest, atMs: number): void {
    if (entry === undefined) return;
    const records = this.#of(tube);
    records.push({ ...entry, attempt, token, atMs, place: String(++this.#written) });
    // A tenth more may stand, so that not each one moves all others.
    if (records.length > history.last * 1.1) records.splice(0, records.length - history.last);
    while (records[0] !== undefined && records[0].atMs < atMs - history.forMs) records.shift();
  }

  /** The latest first. */
  read(tube: string, limit: number, before = String(Infinity)): readonly HistoryRecord[] {
    const older = this.#of(tube).filter(({ place }) => Number(place) < Number(before));
    return older.slice(-limit).toReversed();
  }

  #of(tube: string): HistoryRecord[] {
    let records = this.#tubes.get(tube);
    if (records === undefined) this.#tubes.set(tube, (records = []));
    return records;
  }
}
