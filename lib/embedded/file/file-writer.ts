import type { Disk, DiskFile } from './disk.js';
import { frameOf } from './frame.js';
import type { RewrittenFile } from './journal-owner.js';

const FRAME_CHARS = 262_144;
const COPY_BYTES = 1_048_576;

/**
 * Writes a file anew, beside the old one, and puts it in its place when the disk has all of it. Until then the old one is as it
 * was; a crash in between leaves a leftover that the next one replaces.
 */
export class FileWriter {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #newPath: string;
  readonly #file: DiskFile;
  readonly #confirm: () => void;
  #size = 0;
  #records = 0;

  /** `confirm` is asked before each step, and throws when the new file must not be. */
  constructor(disk: Disk, path: string, newPath: string, confirm: () => void) {
    confirm();
    this.#disk = disk;
    this.#path = path;
    this.#newPath = newPath;
    this.#confirm = confirm;
    this.#file = disk.open(this.#newPath, true);
  }

  /** Writes lines, some at a time; whatever else is to be done is done in between. */
  async write(lines: Iterable<string>): Promise<void> {
    let text = '';
    for (const line of lines) {
      text += line;
      this.#records++;
      if (text.length < FRAME_CHARS) continue;
      await this.#writeFrame(text);
      text = '';
    }
    if (text !== '') await this.#writeFrame(text);
  }

  /** Copies whole frames of another file as they are; `records` says how many lines they have. */
  async copy(from: DiskFile, start: number, end: number, records: number): Promise<void> {
    for (let at = start; at < end;) {
      const data = await from.read(Math.min(COPY_BYTES, end - at), at);
      if (data.length === 0) throw new Error(`expected ${end - at} more bytes to copy`);
      this.#confirm();
      await this.#file.write(data, this.#size);
      this.#size += data.length;
      at += data.length;
    }
    this.#records += records;
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  /**
   * Puts the new file in the place of the old one. `replaced` is called when it stands there, although the disk may not know it
   * yet: that is so when this rejects later.
   */
  async finish(replaced: (file: RewrittenFile) => void = () => {}): Promise<RewrittenFile> {
    await this.#file.sync();
    this.#confirm();
    await this.#disk.rename(this.#newPath, this.#path);
    const file: RewrittenFile = { file: this.#file, size: this.#size, records: this.#records };
    replaced(file);
    await this.#disk.syncFolder(this.#path);
    return file;
  }

  /** Takes the new file away again. Never rejects. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {});
    await this.#disk.remove(this.#newPath).catch(() => {});
  }

  async #writeFrame(text: string): Promise<void> {
    // What is read back has been synced as a whole before the old file was replaced.
    const frame = frameOf(text, this.#size);
    this.#confirm();
    await this.#file.write(frame, this.#size);
    this.#size += frame.length;
  }
}
