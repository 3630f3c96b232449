import { IndexedHeap, type Ranked } from '../../core/base/indexed-heap.js';
import { WaitingRing } from './waiting-ring.js';

/** A tube's jobs by state, who waits for them, and its counts. */
export class Tube<Job extends Ranked, Client> {
  readonly ready = new IndexedHeap<Job>();
  readonly delayed = new IndexedHeap<Job>();
  /** In the order in which they were buried. */
  readonly buried = new Set<Job>();
  readonly waiting = new WaitingRing<Client>();
  reserved = 0;
  /** Jobs, and connections that use or watch it. It is forgotten with the last of them. */
  references = 0;

  constructor(readonly name: string) {}
}
