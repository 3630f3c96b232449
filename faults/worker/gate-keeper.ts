import type { DqRuntime } from '../../lib/core/runtime.js';
import type { Telling } from './telling.js';

/** Pauses tubes and resumes them, and tells what became of it. */
export class GateKeeper {
  readonly #runtime: DqRuntime;
  readonly #telling: Telling;
  #said = 0;

  constructor(runtime: DqRuntime, telling: Telling) {
    this.#runtime = runtime;
    this.#telling = telling;
  }

  async say(tube: string, word: 'pause' | 'resume'): Promise<void> {
    const { name: by } = this.#telling;
    const number = this.#said++;
    this.#telling.happened({ kind: 'gate', by, number, tube, word });
    let outcome = `${word}d`;
    try {
      await this.#runtime.inspector[word](tube);
    } catch (error) {
      outcome = (error as { readonly code?: string }).code ?? 'none';
    }
    this.#telling.happened({ kind: 'gate-answer', by, number, outcome });
  }
}
