import type { Socket } from 'node:net';

/** A node that takes no bytes is as good as dead; what waits for it must not fill the memory. */
const MOST_UNSENT_BYTES = 64 * 1024 * 1024;

/** What a connection has to send, gathered until it leaves in one write. */
export class Outbox {
  #parts: (string | Buffer)[] = [];
  #bytes = 0;
  #onlyText = true;
  #onlyAscii = true;

  get empty(): boolean {
    return this.#parts.length === 0;
  }

  /** `ascii` false: the text is longer in UTF-8. */
  addText(text: string, ascii = true): void {
    this.#parts.push(text);
    this.#bytes += text.length;
    if (!ascii) this.#onlyAscii = false;
  }

  addBytes(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    this.#onlyText = false;
  }

  /** True when more waits to be sent, here and in the socket, than a healthy node lets wait. */
  isTooFull(stream: Socket): boolean {
    return this.#bytes + stream.writableLength > MOST_UNSENT_BYTES;
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
    this.#bytes = 0;
    this.#onlyText = true;
    this.#onlyAscii = true;
  }
}
