/**
 * Who waits for a job of a tube, and whose turn it is. Not quite first come, first served: the last one moves into each gap, and
 * the hand goes on behind it, exactly as in beanstalkd (ms.c).
 */
export class WaitingRing<T> {
  readonly #items: T[] = [];
  #hand = 0;

  get length(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  /** Takes the one whose turn it is. */
  take(): T | undefined {
    if (this.#items.length === 0) return undefined;
    const at = this.#hand % this.#items.length;
    this.#hand = at + 1;
    return this.#takeAt(at);
  }

  /** Moves the hand as if somebody had come and been served at once. */
  serveAtOnce(): void {
    this.#hand = 1;
  }

  remove(item: T): void {
    const at = this.#items.indexOf(item);
    if (at >= 0) this.#takeAt(at);
  }

  #takeAt(at: number): T | undefined {
    const item = this.#items[at];
    const last = this.#items.pop() as T;
    if (at < this.#items.length) this.#items[at] = last;
    return item;
  }
}
