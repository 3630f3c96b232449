import type { KeyRequest, KeyReservation } from '../../core/claims/key-claims.js';
import { DqClaimStoreError } from '../../core/errors/connection.errors.js';
import { textOf } from '../../core/errors/shown.js';
import type { ClaimTable } from '../claims/claim-table.js';
import type { ClaimCall } from '../claims/claim-call.js';
import { MemoryClaimStore } from '../claims/memory-claim-store.js';
import type { DiskDeadline } from './disk-deadline.js';
import type { QueueFile } from './queue-file.js';

/**
 * Claims in memory that a file keeps. A call changes the claims at once, and is answered when the disk has what it changed; see
 * {@link QueueFile} for what waits for it. While the disk refuses, nothing is changed any more.
 */
export class FileClaimStore extends MemoryClaimStore {
  readonly #file: QueueFile;
  readonly #deadline: DiskDeadline;

  constructor(table: ClaimTable, file: QueueFile, deadline: DiskDeadline) {
    super(table);
    this.#file = file;
    this.#deadline = deadline;
  }

  override get up(): boolean {
    return this.#file.up;
  }

  /** Nothing follows a postponement that would be kept with it. */
  override async reserveKeys(tube: string, requests: readonly KeyRequest[]): Promise<readonly KeyReservation[]> {
    const reservations = await super.reserveKeys(tube, requests);
    if (reservations.some(({ kind }) => kind === 'postponed'))
      await this.#kept({ tube, operation: 'a postponement', effect: 'lasting' }, () => undefined);
    return reservations;
  }

  override async ping(tube: string): Promise<void> {
    const call = { tube, operation: 'a trial', effect: 'look' } as const;
    await this.#kept(call, () => undefined, true);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#file.close();
    this.#deadline.close();
  }

  protected override carryOut<T>(call: ClaimCall, work: (table: ClaimTable) => T): Promise<T> {
    return this.#kept(call, work);
  }

  async #kept<T>(call: ClaimCall, work: (table: ClaimTable) => T, tryAgain = false): Promise<T> {
    let changed = false;
    try {
      const file = this.#file;
      file.open();
      if (tryAgain) await this.#deadline.within(file.retry());
      const { trouble } = file;
      if (trouble !== undefined) throw trouble;
      changed = true;
      // The change is made at once, and waits for the disk with all that came before.
      const result = await super.carryOut(call, work);
      if (call.effect === 'lasting') await this.#deadline.within(file.synced());
      return result;
    } catch (error) {
      if (error instanceof DqClaimStoreError) throw error;
      const outcome = changed ? 'Whether it is kept is unknown.' : 'Nothing was changed.';
      throw new DqClaimStoreError(`Expected the disk to take ${call.operation}, but: ${textOf(error)} ${outcome}`, {
        cause: error,
      });
    }
  }
}
