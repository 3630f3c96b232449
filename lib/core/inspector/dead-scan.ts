import { plainClaimKey } from '../claims/claim-key.js';
import { identify, type JobIdentity } from '../claims/job-identity.js';
import { probeDisk } from '../cluster/disk-probe.js';
import type { Node } from '../cluster/node.js';
import type { NodeConnection, OnReply, Reply } from '../cluster/node-connection.js';
import { textOf } from '../errors/shown.js';

/** A buried copy that this scan holds. */
interface DeadCopy {
  readonly node: Node;
  readonly connection: NodeConnection;
  readonly number: number;
}

/** A dead letter as the nodes show it: one job, or one body that is none. */
export interface FoundLetter {
  readonly id: string;
  /** The claim's key; undefined for a body that is no job. */
  readonly key: string | undefined;
  readonly identity: JobIdentity | undefined;
  readonly body: Buffer;
  /** What is wrong with a body that is no job. */
  readonly fault: string | undefined;
  readonly copies: DeadCopy[];
}

const PRIORITY = 0;

/**
 * One look at the dead letters of a tube. beanstalkd shows only the first buried job, so the scan takes each out of the buried
 * list by reserving it, which lets it see the next; then everything is put back, deleted, or released to run. Should the scan
 * die meanwhile, its copies become ready; consumers ask the claim store, which says dead, and bury them again.
 */
export class DeadScan {
  readonly letters = new Map<string, FoundLetter>();
  readonly #tube: string;
  readonly #connections: { readonly node: Node; readonly connection: NodeConnection }[] = [];

  constructor(tube: string) {
    this.#tube = tube;
  }

  /** Takes up to `limit` buried copies of each node. A node that does not answer, or cannot write its log, is left out. */
  async open(nodes: readonly Node[], limit: number): Promise<void> {
    await Promise.all(nodes.map((node) => this.#scan(node, limit)));
  }

  /** Sends every copy on: back to the buried, to the ready, or away. Then closes. */
  async close(fate: (letter: FoundLetter) => 'keep' | 'release' | 'delete'): Promise<void> {
    const sent: Promise<Reply>[] = [];
    for (const letter of this.letters.values()) {
      const where = fate(letter);
      for (const { connection, number } of letter.copies) {
        sent.push(
          ask((done) => {
            if (where === 'delete') connection.delete(number, done);
            else if (where === 'release') connection.release(number, PRIORITY, 0, done);
            else connection.bury(number, PRIORITY, done);
          }),
        );
      }
    }
    await Promise.all(sent);
    for (const { node, connection } of this.#connections) node.end(connection);
  }

  async #scan(node: Node, limit: number): Promise<void> {
    if (node.health.rest > 0) return;
    const connection = node.dial(() => {});
    this.#connections.push({ node, connection });
    const writes = await new Promise<boolean>((resolve) => {
      probeDisk(connection, true, resolve);
    });
    if (!writes) return;
    for (let count = 0; count < limit; count++) {
      const first = await ask((done) => connection.peekFirst(this.#tube, 'buried', done));
      if (first.kind !== 'FOUND') return;
      const taken = await ask((done) => connection.reserveJob(first.id, done));
      if (taken.kind === 'RESERVED') this.#add({ node, connection, number: taken.id }, taken.body);
      else if (taken.kind === 'LOST') return;
    }
  }

  #add(copy: DeadCopy, body: Buffer): void {
    const letter = this.#recognise(body);
    const known = this.letters.get(letter.id);
    if (known === undefined) this.letters.set(letter.id, letter);
    (known ?? letter).copies.push(copy);
  }

  #recognise(body: Buffer): FoundLetter {
    try {
      const identity = identify(this.#tube, body);
      return { id: identity.id, key: identity.key, identity, body, fault: undefined, copies: [] };
    } catch (error) {
      return { id: plainClaimKey(body), key: undefined, identity: undefined, body, fault: textOf(error), copies: [] };
    }
  }
}

function ask(send: (done: OnReply) => void): Promise<Reply> {
  return new Promise((resolve) => {
    send(resolve);
  });
}
