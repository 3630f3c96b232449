/** What a heap sorts, and where it is in there. */
export interface Ranked {
  /** Must not change while it is in a heap. */
  readonly rank: number;
  /** Who is first among equal ranks. */
  readonly order: number;
  /** Its place; the heap's own. */
  index: number;
}

/** Things by rank, then by order: a binary heap in which each one knows its place, so that any one can be taken out. */
export class IndexedHeap<Item extends Ranked> {
  readonly #items: Item[] = [];
  /** Each one's rank, beside it: comparing them does not go through the items, which lie all over the memory. */
  readonly #ranks: number[] = [];

  get length(): number {
    return this.#items.length;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  /** All of them, in no order. */
  get all(): readonly Item[] {
    return this.#items;
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#ranks.push(item.rank);
    this.#rise(item, item.rank, this.#items.length - 1);
  }

  remove(item: Item): void {
    const last = this.#items.pop() as Item;
    const rank = this.#ranks.pop() as number;
    if (last === item) return;
    const at = item.index;
    if (at > 0 && this.#isBefore(rank, last, (at - 1) >> 1)) this.#rise(last, rank, at);
    else this.#sink(last, rank, at);
  }

  #rise(item: Item, rank: number, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(rank, item, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(item, rank, at);
  }

  #sink(item: Item, rank: number, from: number): void {
    const { length } = this.#items;
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= length) break;
      const right = left + 1;
      const child =
        right < length && this.#isBefore(this.#ranks[right] as number, this.#items[right], left) ? right : left;
      if (this.#isBefore(rank, item, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(item, rank, at);
  }

  #isBefore(rank: number, item: Item | undefined, at: number): boolean {
    const other = this.#ranks[at] as number;
    return rank < other || (rank === other && (item as Item).order < (this.#items[at] as Item).order);
  }

  #move(from: number, to: number): void {
    this.#put(this.#items[from] as Item, this.#ranks[from] as number, to);
  }

  #put(item: Item, rank: number, at: number): void {
    this.#items[at] = item;
    this.#ranks[at] = rank;
    item.index = at;
  }
}
