import { IndexedHeap, type Ranked } from '../../core/base/indexed-heap.js';
import { WaitingRing } from './waiting-ring.js';

/** A tube's jobs by state, and who waits for them. */
export class Tube<Job extends Ranked, Client> {
  readonly ready = new IndexedHeap<Job>();
  readonly delayed = new IndexedHeap<Job>();
  /** In the order in which they were buried. */
  readonly buried = new Set<Job>();
  readonly waiting = new WaitingRing<Client>();
  reserved = 0;
  /** Sessions. */
  watching = 0;

  constructor(readonly name: string) {}
}
