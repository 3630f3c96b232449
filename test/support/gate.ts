/** A promise that a test settles when it sees fit: handlers wait for it. */
export class Gate {
  readonly opened: Promise<void>;
  #open: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
  }

  open(): void {
    this.#open();
  }

  fail(error: Error): void {
    this.#fail(error);
  }
}
