/** Work on the same name is done one piece after the other, in the order it came. */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Begins when all that came before is over, whatever its outcome; settles as `work` does. */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    }
  }
}
