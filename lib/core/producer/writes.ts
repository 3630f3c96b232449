import type { BootContext } from '../base/boot-context.js';
import { Asking } from '../base/batch.js';
import type { Admission, AdmitRequest, ClaimStore, ConcludeRequest } from '../claims/claim-store.js';
import type { Clock } from '../base/clock.js';
import type { Cluster } from '../cluster/cluster.js';
import type { PutCommand } from '../cluster/node-connection.js';
import { ReplicatedWrite, type WritePlan, type WriteResult } from '../cluster/replicated-write.js';
import { DqClosedError, DqDuplicateIdError } from '../errors/argument.errors.js';
import type { DeadlineQueue } from '../base/deadline-queue.js';
import { DqQuorumError } from '../errors/quorum.error.js';
import type { Report, Wanted } from '../base/events.js';
import type { Layers } from '../layers/layers.js';
import type { ResolvedOptions, TubeSettings } from '../options/resolved-options.js';
import { formatHandle, type HandleCopy } from '../wire/handle.js';
import type { DraftParts } from './drafting.js';
import type { JobDraft } from './job-draft.js';
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
  readonly #tube: string;
  readonly #parts: ProducerParts;
  /** Of caller's own ids, as what became of them: many in one round trip. */
  readonly #admissions: Asking<AdmitRequest, Admission>;
  /** False when the admission is another call's by now. */
  readonly #conclusions: Asking<ConcludeRequest, boolean>;
  readonly #onSettled = (): void => this.#settled();
  readonly #onClose = new Set<() => void>();
  #underWay = 0;
  readonly #onIdle: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  constructor(tube: string, parts: ProducerParts) {
    const { store, clock } = parts;
    this.#tube = tube;
    this.#parts = parts;
    this.#admissions = new Asking((requests) => store.admit(tube, requests), clock);
    this.#conclusions = new Asking((requests) => store.conclude(tube, requests), clock);
  }

  /** Resolves to the handle, or rejects with `DqQuorumError` when the job has been withdrawn again. */
  write(draft: JobDraft): Promise<string> {
    const written = draft.admission === undefined ? this.replicate(draft) : this.#admitted(draft, draft.admission);
    if (!this.#parts.wanted['job-scheduled']) return written;
    return written.then((handle) => {
      this.tell(draft, handle);
      return handle;
    });
  }

  /** Tells whoever wants to know that nodes have a job. */
  tell({ id, dueMs }: { readonly id: string; readonly dueMs: number }, handle: string): void {
    const { report, wanted } = this.#parts;
    if (wanted['job-scheduled'])
      report({ type: 'job-scheduled', tube: this.#tube, id, dueAt: new Date(dueMs), handle });
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** @throws DqClosedError */
  checkOpen(): void {
    if (!this.closed) return;
    throw new DqClosedError('Expected an open producer, but it is closed: the application is stopping.');
  }

  /** Calls `listener` once when it is closed, or is already. Returns what takes that back. */
  onClose(listener: () => void): () => void {
    if (this.closed) listener();
    else this.#onClose.add(listener);
    return () => this.#onClose.delete(listener);
  }

  /** Takes nothing new from now on. Resolves when nothing is under way. */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = this.#parts.context.enter(() => this.idle());
      for (const listener of this.#onClose) listener();
      this.#onClose.clear();
    }
    return this.#closing;
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
      this.#onIdle.push(resolve);
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
      if (await this.#conclusions.ask({ ...request, written: true })) return handle;
      // It took so long that another call with this id took over; this one's copies got a tombstone.
      throw new DqDuplicateIdError(draft.id, 'pending', new Date(draft.dueMs));
    });
  }

  async #admit({ id }: JobDraft, request: AdmitRequest): Promise<void> {
    const admission = await this.#admissions.ask(request);
    if (admission.kind === 'duplicate') throw new DqDuplicateIdError(id, admission.state, new Date(admission.dueMs));
  }

  /** Frees the id after a write that failed, where it is certain what became of it. Rethrows. */
  async #refused(request: AdmitRequest, error: unknown): Promise<never> {
    const fate = error instanceof DqQuorumError ? error.fate : 'withdrawn';
    if (fate !== 'unknown') await this.#conclusions.ask({ ...request, written: fate === 'taken' }).catch(() => false);
    throw error;
  }

  #settled(): void {
    this.#underWay--;
    if (this.#underWay > 0) return;
    for (const reached of this.#onIdle.splice(0)) reached();
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
    this.bytes = draft.byteLength(this.copies);
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
