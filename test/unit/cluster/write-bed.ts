import { Cluster } from '../../../lib/core/cluster/cluster.js';
import { Node } from '../../../lib/core/cluster/node.js';
import type { PutCommand, Reply } from '../../../lib/core/cluster/node-connection.js';
import { ReplicatedWrite, type WriteResult } from '../../../lib/core/cluster/replicated-write.js';
import { DeadlineQueue } from '../../../lib/core/base/deadline-queue.js';
import type { DqEvent } from '../../../lib/core/base/events.js';
import { ManualClock } from '../../support/manual-clock.js';
import { lost, type StubAnswers, StubNode } from '../../support/stub-node.js';

export const PATIENCE = 50;

/** A write, and when its result came. */
export interface Written {
  readonly write: ReplicatedWrite;
  result: WriteResult | undefined;
  results: number;
  at: number | undefined;
}

/** A cluster of stub nodes under a manual clock. Nodes are asked in their order, unless `random` says otherwise. */
export class WriteBed {
  readonly clock = new ManualClock();
  readonly events: DqEvent[] = [];
  readonly stubs: readonly StubNode[];
  readonly cluster: Cluster;
  readonly patience: DeadlineQueue;

  /** One node for each answer: a list of replies in turn, nothing (the test answers, or nobody), or a function. */
  constructor(answers: readonly (StubAnswers | Reply | 'silent' | 'well')[], random = (): number => 0.999_999) {
    this.stubs = answers.map((answer, at) => {
      const stub = new StubNode(`node-${at + 1}:11300`, this.clock);
      if (typeof answer === 'function') stub.answers = answer;
      else if (answer === 'silent') stub.answers = () => undefined;
      else if (answer !== 'well') stub.answers = () => answer;
      return stub;
    });
    const report = (event: DqEvent): void => void this.events.push(event);
    this.cluster = new Cluster(
      this.stubs.map((stub) => new Node(stub, this.clock, random, report)),
      random,
      report,
    );
    this.patience = new DeadlineQueue(PATIENCE, this.clock);
  }

  node(number: number): Node {
    return this.cluster.nodes[number - 1] as Node;
  }

  stub(number: number): StubNode {
    return this.stubs[number - 1] as StubNode;
  }

  write(copies: number, minWrites: number): Written {
    const written: { result: WriteResult | undefined; results: number; at: number | undefined } = {
      result: undefined,
      results: 0,
      at: undefined,
    };
    const started = this.clock.monotonic();
    const write = new ReplicatedWrite(this.cluster, this.patience, {
      copies,
      minWrites,
      command: headerCommand,
      onDone: (result) => {
        written.result = result;
        written.results++;
        written.at = this.clock.monotonic() - started;
      },
    });
    write.start();
    return Object.assign(written, { write });
  }

  /** The numbers of the nodes that were asked, in their order, each with the count in its header. */
  get asked(): [number, number][] {
    return this.stubs.flatMap((stub, at) => stub.puts.map((put): [number, number] => [at + 1, headerCount(put)]));
  }

  /** Lets every write under way fail, ends every connection, and tells how many timers are left. */
  close(): number {
    for (const stub of this.stubs) stub.answers = () => lost(false);
    for (const stub of this.stubs) for (const command of [...stub.commands]) command.answer(lost(false));
    this.clock.turn();
    this.cluster.close();
    this.patience.close();
    return this.clock.timers;
  }
}

function headerCommand(copies: number): PutCommand {
  const body = `n=${copies}`;
  return { tube: 'orders', priority: 0, delaySeconds: 0, ttrSeconds: 60, body, byteLength: body.length };
}

export function headerCount(put: PutCommand): number {
  return Number(put.body.toString().slice(2));
}

/** Which of the nodes acknowledged, in the order they were asked. */
export function acknowledged(written: Written): string[] {
  const slots = written.result?.slots ?? [];
  return slots.filter(({ reply }) => reply?.kind === 'INSERTED').map(({ node }) => node.endpoint);
}
