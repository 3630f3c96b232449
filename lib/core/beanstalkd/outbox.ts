import type { Socket } from 'node:net';

/** What a connection has to send, gathered until it leaves in one write. */
export class Outbox {
  #parts: (string | Buffer)[] = [];
  #onlyText = true;
  #onlyAscii = true;

  get empty(): boolean {
    return this.#parts.length === 0;
  }

  /** `ascii` false: the text is longer in UTF-8. */
  addText(text: string, ascii = true): void {
    this.#parts.push(text);
    if (!ascii) this.#onlyAscii = false;
  }

  addBytes(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#onlyText = false;
  }

  writeTo(stream: Socket): void {
    const parts = this.#parts;
    if (this.#onlyText) {
      // Latin-1 is copied as it stands, which for ASCII is the same bytes and much faster.
      stream.write(parts.length === 1 ? (parts[0] as string) : parts.join(''), this.#onlyAscii ? 'latin1' : 'utf8');
    } else {
      stream.cork();
      for (const part of parts) stream.write(part);
      stream.uncork();
    }
    this.clear();
  }

  clear(): void {
    this.#parts = [];
    this.#onlyText = true;
    this.#onlyAscii = true;
  }
}
