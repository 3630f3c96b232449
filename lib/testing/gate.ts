/** Lets through or holds back. Closed at first. */
export class Gate {
  #opened: Promise<void>;
  #open: () => void = () => {};
  #isOpen = false;

  constructor() {
    this.#opened = this.#closed();
  }

  /** Resolved while the gate is open. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  open(): void {
    this.#isOpen = true;
    this.#open();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#opened = this.#closed();
  }

  #closed(): Promise<void> {
    return new Promise((resolve) => {
      this.#open = resolve;
    });
  }
}
