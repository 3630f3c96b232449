import { execFile, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const source = fileURLToPath(new URL('shim.c', import.meta.url));
const NS_PER_MS = 1_000_000;
const FIELD_BYTES = 8;
const FIELDS = 4;
const FULL = 1n;
const WRITE_FAILS = 2n;
const SYNC_FAILS = 4n;

let able: boolean | undefined;

/** True when this machine can compile the shim and load it into other programs. */
export function canShim(): boolean {
  able ??= process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
  return able;
}

/**
 * Compiles the shim. The event loop goes on meanwhile: the networks of other rows are in this process, and a compiler may take a second.
 *
 * @returns the library's path
 */
export async function compileShim(dir: string): Promise<string> {
  mkdirSync(dir, { recursive: true });
  const library = join(dir, 'shim.so');
  const args = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-o', library, source, '-ldl'];
  await promisify(execFile)('cc', args).catch((error: unknown) => {
    throw new Error('the shim does not compile', { cause: error });
  });
  return library;
}

/** What one program is made to believe about its clock and its disk; may be changed while it runs. */
export class ShimControl {
  readonly env: NodeJS.ProcessEnv;
  readonly #file: number;
  #disk = 0n;

  /** @param name of the control file in `dir` */
  constructor(library: string, dir: string, name: string) {
    const path = join(dir, `${name}.control`);
    this.#file = openSync(path, 'w+');
    writeSync(this.#file, Buffer.alloc(FIELDS * FIELD_BYTES), 0, FIELDS * FIELD_BYTES, 0);
    this.env = { LD_PRELOAD: library, DQ_FAULTS_CONTROL: path };
  }

  /** Sets the wall clock so far ahead of the true one, or behind. */
  stepClock(ms: number): void {
    this.#write(0, BigInt(Math.round(ms)) * BigInt(NS_PER_MS));
  }

  /** Lets the wall clock run fast from now on, or slow, by so many parts per million. */
  bendClock(ppm: number): void {
    this.#write(2, process.hrtime.bigint());
    this.#write(1, BigInt(ppm));
  }

  fillDisk(full: boolean): void {
    this.#setDisk(FULL, full);
  }

  failWrites(fail: boolean): void {
    this.#setDisk(WRITE_FAILS, fail);
  }

  failSyncs(fail: boolean): void {
    this.#setDisk(SYNC_FAILS, fail);
  }

  /** Ends every disk fault. The clock stays as it is: setting it right is another step. */
  healDisk(): void {
    this.#setDisk(FULL | WRITE_FAILS | SYNC_FAILS, false);
  }

  close(): void {
    closeSync(this.#file);
  }

  #setDisk(bit: bigint, on: boolean): void {
    this.#disk = on ? this.#disk | bit : this.#disk & ~bit;
    this.#write(3, this.#disk);
  }

  /** One aligned write of eight bytes: a reader sees the old value or the new one. */
  #write(field: number, value: bigint): void {
    const bytes = Buffer.alloc(FIELD_BYTES);
    bytes.writeBigInt64LE(value);
    writeSync(this.#file, bytes, 0, FIELD_BYTES, field * FIELD_BYTES);
  }
}
