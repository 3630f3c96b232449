import { DqFileDamagedError } from '../../core/errors/file.errors.js';
import type { DiskFile } from './disk.js';
import { FRAME_START, frameLength, frameOf, readFrame } from './frame.js';
import { FILE_VERSION, fileLine, type FileRecord, readRecord } from './record.js';

/** What a load found. */
export interface ReadFile {
  /** Where the good part ends. */
  readonly size: number;
  readonly records: number;
  /** Bytes behind it that a crash left unfinished. */
  readonly torn: number;
}

const CHUNK_BYTES = 1_048_576;
const NEWLINE = 0x0a;
/** No head of a frame is longer. */
const HEAD_BYTES = 48;

/**
 * Reads the file of an embedded queue, frame by frame, and tells each record. The first frame that does not fit its checksum
 * ends the good part. It is a **torn end**, which a crash leaves where the disk had not confirmed anything yet, unless a good
 * frame further on says that the disk had confirmed more than the good part: then something was **damaged** later, and nothing is
 * read at all, since records in between are missing.
 */
export class FileReader {
  readonly #path: string;
  readonly #file: DiskFile;
  readonly #size: number;
  #data = Buffer.alloc(0);
  /** Where `#data` stands in the file. */
  #at = 0;

  constructor(path: string, file: DiskFile) {
    this.#path = path;
    this.#file = file;
    this.#size = file.size;
  }

  /** @throws DqFileDamagedError */
  read(tell: (record: FileRecord) => void): ReadFile {
    let records = 0;
    for (;;) {
      const frame = this.#next();
      if (frame === undefined) break;
      const before = records;
      for (const line of linesOf(frame.body)) {
        const record = this.#recordIn(line);
        if (records === 0) this.#checkFirst(record);
        else tell(record);
        records++;
      }
      if (records === 0 && frame.length > 0 && before === 0) throw this.#foreign();
      this.#data = this.#data.subarray(frame.length);
      this.#at += frame.length;
    }
    const torn = this.#size - this.#at;
    if (torn > 0) this.#checkTorn(records);
    return { size: this.#at, records, torn };
  }

  #next(): ReturnType<typeof readFrame> {
    this.#fill(HEAD_BYTES);
    const length = frameLength(this.#data, 0);
    // A length that the file does not have need not be looked at, nor memory be taken for it.
    if (length === undefined || this.#at + length > this.#size) return undefined;
    this.#fill(length);
    return readFrame(this.#data, 0);
  }

  /** Sees to it that so many bytes are there, if the file has them. */
  #fill(bytes: number): void {
    if (this.#data.length >= bytes) return;
    const end = this.#at + this.#data.length;
    const more = Buffer.allocUnsafe(Math.min(Math.max(CHUNK_BYTES, bytes - this.#data.length), this.#size - end));
    let done = 0;
    while (done < more.length) {
      const count = this.#file.readNow(more.subarray(done), end + done);
      if (count === 0) break;
      done += count;
    }
    this.#data = Buffer.concat([this.#data, more.subarray(0, done)]);
  }

  #recordIn(line: string): FileRecord {
    try {
      return readRecord(line);
    } catch (error) {
      throw new DqFileDamagedError(
        `Expected ${this.#path} to have records of this version, got another at byte ${this.#at}. Was it written by a newer ` +
          'version of this package? Use that one, or give another file.',
        { cause: error },
      );
    }
  }

  #checkFirst(record: FileRecord): void {
    if (record.of !== 'file') throw this.#foreign();
    if (record.version === FILE_VERSION) return;
    throw new DqFileDamagedError(
      `Expected ${this.#path} to be of version ${FILE_VERSION}, got ${record.version}. Use the version of this package that ` +
        'wrote it, or give another file.',
    );
  }

  #foreign(): DqFileDamagedError {
    return new DqFileDamagedError(
      `Expected ${this.#path} to be the file of an embedded queue, but it is another one. Give it a file of its own.`,
    );
  }

  /** Looks for a good frame behind the good part that knows of a synced byte behind it. */
  #checkTorn(records: number): void {
    const good = this.#at;
    this.#fill(HEAD_BYTES);
    if (records === 0) {
      if (this.#isUnfinishedStart()) return;
      if (this.#data[0] !== FRAME_START) throw this.#foreign();
    }
    let before = NEWLINE;
    while (this.#at < this.#size) {
      this.#fill(1);
      if (before === NEWLINE && this.#data[0] === FRAME_START && this.#at > good) {
        const frame = this.#next();
        if (frame !== undefined && frame.synced > good) throw this.#damaged(good);
      }
      const skip = Math.max(1, this.#data.indexOf(NEWLINE) + 1 || this.#data.length);
      before = this.#data[skip - 1] as number;
      this.#data = this.#data.subarray(skip);
      this.#at += skip;
    }
    // Other files begin with that sign too, and nothing of ours is known to be in it.
    if (records === 0) throw this.#foreign();
    this.#at = good;
  }

  /** What a crash can leave of the first frame, which alone is ever written into an empty file: a part, or zeros for it. */
  #isUnfinishedStart(): boolean {
    const first = frameOf(fileLine(), 0);
    if (this.#size > first.length) return false;
    this.#fill(first.length);
    const there = this.#data;
    return (
      there.every((byte) => byte === 0) ||
      (there.length < first.length && there.equals(first.subarray(0, there.length)))
    );
  }

  #damaged(good: number): DqFileDamagedError {
    return new DqFileDamagedError(
      `Expected ${this.#path} to be whole, but it is damaged behind byte ${good}, in the middle. It was left as it is. Put back ` +
        `a copy of it, or keep it aside and cut it there (truncate -s ${good}): all that was recorded later is lost then, so ` +
        'jobs that have run may run again.',
    );
  }
}

function* linesOf(body: Buffer): Generator<string> {
  let from = 0;
  for (let end = body.indexOf(NEWLINE); end >= 0; end = body.indexOf(NEWLINE, from)) {
    yield body.toString('utf8', from, end);
    from = end + 1;
  }
}
