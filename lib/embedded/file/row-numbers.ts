/**
 * Which row of a table each key has. Rows follow each other as their keys come, so that what is written together lies together: keys are
 * random, and a table in their order would be written all over.
 */
export class RowNumbers {
  readonly #rows = new Map<string, number>();
  #next = 1;

  /** The row of a key, a new one for a new key. */
  of(key: string): number {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#next++;
      this.#rows.set(key, row);
    }
    return row;
  }

  /** The key is forgotten: its row, if it has one. */
  drop(key: string): number | undefined {
    const row = this.#rows.get(key);
    this.#rows.delete(key);
    return row;
  }

  load(key: string, row: number): void {
    this.#rows.set(key, row);
    this.#next = Math.max(this.#next, row + 1);
  }
}
