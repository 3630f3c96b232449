import type { DeadlineQueue, Waiting } from '../base/deadline-queue.js';
import type { Cluster } from './cluster.js';
import type { Node } from './node.js';
import { spareField } from '../wire/priority.js';
import type { NodeConnection, PutCommand, Reply } from './node-connection.js';

/** One node's part in a write. `reply` is undefined while it has not answered. */
export interface Slot {
  readonly node: Node;
  readonly connection: NodeConnection;
  /** 0 for the first copy; see `priorityField`. */
  readonly rank: number;
  reply: Reply | undefined;
  /** Which server acknowledged; undefined when that is not known. */
  serverId: string | undefined;
}

export interface WriteResult {
  readonly kind: 'written' | 'failed';
  readonly slots: readonly Slot[];
}

export interface WritePlan {
  /** How many nodes to write to. */
  readonly copies: number;
  /** How many must acknowledge. */
  readonly minWrites: number;
  /** The command for a job with at most `copies` copies: the number stands in its header. */
  command(copies: number): PutCommand;
  onDone(result: WriteResult): void;
}

/**
 * One job on its way to its nodes.
 *
 * It **asks** up to `copies` nodes at once. Each answer brings it to one of these:
 * - all asked nodes acknowledged: written.
 * - `minWrites` different servers acknowledged: it waits for the rest, at most the patience of the queue (50 ms), and not at
 *   all for a node that was slow before this write came; then: written. Answers that come later change nothing.
 * - a node failed, or its server acknowledged before under another name, and the quorum is not reached: it asks a node not
 *   tried yet. Resting nodes come last.
 * - patience is over and the quorum is not reached: it asks every node not tried yet, once.
 * - no node is left to answer or ask: failed.
 *
 * Each header counts all copies that may come to be out, since a claim must not forget the job while one is: those wanted, although a
 * node rests and is only asked later; and one more for each node that is asked after another whose answer was lost, and which may
 * hold a copy all the same. One that certainly refused is not counted.
 *
 * The copy on the first of the nodes is the job's first copy, the others are spares. A node that is asked instead of one that refused
 * takes over its rank.
 */
export class ReplicatedWrite implements Waiting {
  over = false;
  readonly #plan: WritePlan;
  readonly #patience: DeadlineQueue;
  readonly #slots: Slot[] = [];
  /** All, in the order in which they are tried; the next of them. */
  readonly #nodes: readonly Node[];
  #next = 0;
  readonly #first: number;
  /** The most copies that are out, or may be; what headers say. */
  #counted: number;
  #acknowledged = 0;
  #waitingFor = 0;
  #patient = false;

  constructor(cluster: Cluster, patience: DeadlineQueue, plan: WritePlan) {
    this.#plan = plan;
    this.#patience = patience;
    const { nodes, ready } = cluster.order();
    this.#nodes = nodes;
    this.#first = Math.min(plan.copies, Math.max(ready, plan.minWrites), nodes.length);
    this.#counted = Math.min(plan.copies, nodes.length);
  }

  start(): void {
    const command = this.#plan.command(this.#counted);
    while (this.#next < this.#first) this.#write(this.#next, command, this.#next);
    if (this.#next < this.#nodes.length) this.#beginPatience();
  }

  onDeadline(): void {
    this.#patient = false;
    if (this.#acknowledged >= this.#plan.minWrites) this.#end();
    else while (this.#askAnother());
  }

  #write(at: number, command: PutCommand, rank: number): void {
    const node = this.#nodes[at] as Node;
    this.#next = at + 1;
    const connection = node.writer();
    const slot: Slot = { node, connection, rank, reply: undefined, serverId: undefined };
    this.#slots.push(slot);
    this.#waitingFor++;
    const own = rank === 0 ? command : { ...command, priority: spareField(command.priority, rank) };
    connection.put(own, (reply) => this.#replied(slot, reply));
  }

  #replied(slot: Slot, reply: Reply): void {
    slot.reply = reply;
    this.#waitingFor--;
    const counts = reply.kind === 'INSERTED' && this.#isAnotherServer(slot);
    if (counts) this.#acknowledged++;
    if (this.over) return;
    if (this.#acknowledged >= this.#plan.minWrites) {
      if (this.#waitingFor === 0 || this.#onlySuspectsLeft()) this.#end();
      else this.#beginPatience();
    } else if ((counts || !this.#askAnother(slot.rank)) && this.#waitingFor === 0) this.#end();
  }

  /** Before it is known that two nodes are one server, both may be asked. Their copies count once. */
  #isAnotherServer(slot: Slot): boolean {
    const { serverId } = slot.node;
    if (serverId === undefined) return true;
    for (const other of this.#slots) if (other.serverId === serverId) return false;
    slot.serverId = serverId;
    return true;
  }

  #askAnother(rank = this.#slots.length): boolean {
    if (this.#next >= this.#nodes.length) return false;
    const possible = this.#slots.filter(({ reply }) => mayHold(reply));
    this.#counted = Math.max(this.#counted, possible.length + 1);
    this.#write(this.#next, this.#plan.command(this.#counted), rank);
    return true;
  }

  #beginPatience(): void {
    if (this.#patient) return;
    this.#patient = true;
    this.#patience.add(this);
  }

  #onlySuspectsLeft(): boolean {
    return this.#slots.every((slot) => slot.reply !== undefined || slot.node.suspect);
  }

  #end(): void {
    this.over = true;
    const kind = this.#acknowledged >= this.#plan.minWrites ? 'written' : 'failed';
    this.#plan.onDone({ kind, slots: this.#slots });
  }
}

/** True unless the node certainly has no copy. */
export function mayHold(reply: Reply | undefined): boolean {
  if (reply === undefined || reply.kind === 'INSERTED') return true;
  return (reply.kind === 'LOST' && reply.sent) || reply.kind === 'BURIED' || reply.kind === 'INTERNAL_ERROR';
}
