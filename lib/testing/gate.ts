/** Lets through or holds back. Closed at first. */
export class Gate {
  /** Resolved while the gate is open. */
  opened!: Promise<void>;
  open!: () => void;

  constructor() {
    this.close();
  }

  /** Not to be called while it is closed: who waits already would wait for ever. */
  close(): void {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}
