import type { BootContext } from '../base/boot-context.js';
import type { AdmitRequest, ClaimStore } from '../claims/claim-store.js';
import type { Clock } from '../base/clock.js';
import type { Cluster } from '../cluster/cluster.js';
import type { PutCommand } from '../cluster/node-connection.js';
import { ReplicatedWrite, type WritePlan, type WriteResult } from '../cluster/replicated-write.js';
import { DqDuplicateIdError } from '../errors/argument.errors.js';
import type { DeadlineQueue } from '../base/deadline-queue.js';
import { DqQuorumError } from '../errors/quorum.error.js';
import type { Report, Wanted } from '../base/events.js';
import type { Layers } from '../layers/layers.js';
import type { ResolvedOptions, TubeSettings } from '../options/resolved-options.js';
import { formatHandle, type HandleCopy } from '../wire/handle.js';
import { Admissions } from './admissions.js';
import type { DraftParts, JobDraft } from './job-draft.js';
import type { Entrant, Room } from './room.js';
import { withdraw } from './withdrawal.js';

/** What all producers of one application share. */
export interface ProducerParts extends DraftParts {
  readonly options: ResolvedOptions;
  readonly tubes: ReadonlyMap<string, TubeSettings>;
  readonly cluster: Cluster;
  readonly store: ClaimStore;
  readonly patience: DeadlineQueue;
  readonly room: Room;
  readonly clock: Clock;
  readonly report: Report;
  readonly wanted: Wanted;
  readonly layers: Layers;
  readonly context: BootContext;
}

/** What one producer has under way: its writes, and what else has to end before it is closed. */
export class Writes {
  readonly #parts: ProducerParts;
  readonly #admissions: Admissions;
  readonly #onSettled = (): void => this.#settled();
  #underWay = 0;
  #onIdle: (() => void) | undefined;

  constructor(tube: string, parts: ProducerParts) {
    this.#parts = parts;
    this.#admissions = new Admissions(tube, parts.store, parts.clock);
  }

  /** Resolves to the handle, or rejects with `DqQuorumError` when the job has been withdrawn again. */
  write(draft: JobDraft): Promise<string> {
    return draft.admission === undefined ? this.replicate(draft) : this.#admitted(draft, draft.admission);
  }

  /**
   * For a job that is not written, since its moment has passed: a caller who repeats a call that may have succeeded must hear that
   * its id is taken, and only otherwise `error`. Always rejects.
   */
  async refuse(draft: JobDraft, error: Error): Promise<never> {
    const { admission } = draft;
    if (admission === undefined) throw error;
    return this.during(async () => {
      await this.#admit(draft, admission);
      return this.#refused(admission, error);
    });
  }

  /** Counts this as under way until it has settled. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#settled();
    }
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Without asking the claim store. */
  replicate(draft: JobDraft): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#underWay++;
      this.#parts.room.enter(new Plan(draft, this.#parts, resolve, reject, this.#onSettled));
    });
  }

  /**
   * A caller's own id: nothing is written before the claim store says that the id is free, and the caller hears of success only
   * when the store has heard of it too. So an admission that is still pending belongs to no acknowledged job.
   */
  #admitted(draft: JobDraft, request: AdmitRequest): Promise<string> {
    return this.during(async () => {
      await this.#admit(draft, request);
      const handle = await this.replicate(draft).catch((error: unknown) => this.#refused(request, error));
      if (await this.#admissions.conclude(request, true)) return handle;
      // It took so long that another call with this id took over; this one's copies got a tombstone.
      throw new DqDuplicateIdError(draft.id, 'pending', new Date(draft.dueMs));
    });
  }

  async #admit({ id }: JobDraft, request: AdmitRequest): Promise<void> {
    const admission = await this.#admissions.admit(request);
    if (admission.kind === 'duplicate') throw new DqDuplicateIdError(id, admission.state, new Date(admission.dueMs));
  }

  /** Frees the id after a write that failed, where it is certain what became of it. Rethrows. */
  async #refused(request: AdmitRequest, error: unknown): Promise<never> {
    const fate = error instanceof DqQuorumError ? error.fate : 'withdrawn';
    if (fate !== 'unknown') await this.#admissions.conclude(request, fate === 'taken').catch(() => false);
    throw error;
  }

  #settled(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#onIdle?.();
  }
}

/** What one job asks of its write, and how its promise settles. */
class Plan implements WritePlan, Entrant {
  readonly copies: number;
  readonly minWrites: number;
  readonly bytes: number;

  constructor(
    readonly draft: JobDraft,
    readonly parts: ProducerParts,
    readonly resolve: (handle: string) => void,
    readonly reject: (error: unknown) => void,
    readonly onSettled: () => void,
  ) {
    this.copies = parts.options.copies;
    this.minWrites = parts.options.minWrites;
    this.bytes = draft.command(this.copies).byteLength;
  }

  onRoom(): void {
    const { cluster, patience } = this.parts;
    new ReplicatedWrite(cluster, patience, this).start();
  }

  onStalled(ms: number): void {
    const reason = `not asked: many jobs are in front of it, and no node took one for ${ms} ms`;
    const nodes = this.parts.cluster.nodes.map(({ endpoint }) => ({ endpoint, outcome: 'refused' as const, reason }));
    const error = new DqQuorumError(this.draft.id, nodes, this.minWrites, 'withdrawn');
    // No node was asked: only its place under its key is to be given up.
    void withdraw(this.draft, [], this.minWrites, this.parts.store, new Map()).then(() => this.#failed(error));
  }

  command(copies: number): PutCommand {
    return this.draft.command(copies);
  }

  onDone(result: WriteResult): void {
    this.parts.room.leave(this, result.kind === 'written');
    if (result.kind === 'failed') {
      void this.#withdraw(result);
      return;
    }
    const { id, tube } = this.draft;
    const written: HandleCopy[] = [];
    for (const { node, reply } of result.slots) {
      if (reply?.kind === 'INSERTED') written.push({ endpoint: node.endpoint, tube: tube.name, number: reply.id });
    }
    this.resolve(formatHandle(written, id));
    this.onSettled();
  }

  async #withdraw({ slots }: WriteResult): Promise<void> {
    const { draft, parts } = this;
    this.#failed(await withdraw(draft, slots, this.minWrites, parts.store, parts.cluster.same));
  }

  #failed(error: DqQuorumError): void {
    const { draft, parts } = this;
    parts.report({ type: 'quorum-failed', tube: draft.tube.name, id: draft.id, reason: error.message });
    this.reject(error);
    this.onSettled();
  }
}
