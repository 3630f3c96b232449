// Go's own dq, as a program that the specs beside start: see go-dq/main.go.
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { dataDir, root } from '../../scripts/root.mjs';
import type { TestBed } from '../support/test-bed.js';
import { Recorder, until } from '../support/wait.js';

const PROGRAM = join(dataDir, 'interop', process.platform === 'win32' ? 'go-dq.exe' : 'go-dq');
/** A first build fetches and compiles some sixty modules. */
const LONGEST_BUILD_MS = 540_000;

/** Why there is nothing to start; undefined when there is. */
const missing = build();
/** False where Go, or the modules it needs, are not to be had: then a block of text has said so. */
export const hasGoDq = missing === undefined;
if (missing !== undefined) {
  const line = '#'.repeat(100);
  process.stderr.write(
    `\n${line}\n# SKIPPED: the tests beside Go's dq (test/interop), since ${missing}\n` +
      `# Nothing is known of how this works beside Go services.\n${line}\n\n`,
  );
}

/** @throws Error where CI has Go and the build fails: there it is not to be skipped */
function build(): string | undefined {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
  } catch {
    return 'there is no Go here.';
  }
  mkdirSync(join(dataDir, 'interop'), { recursive: true });
  const cwd = join(root, 'test', 'interop', 'go-dq');
  try {
    execFileSync('go', ['build', '-buildvcs=false', '-o', PROGRAM, '.'], {
      cwd,
      stdio: 'pipe',
      timeout: LONGEST_BUILD_MS,
    });
    return undefined;
  } catch (error) {
    const said = String((error as { readonly stderr?: unknown }).stderr ?? error).trim();
    if (process.env['CI'] === 'true') throw new Error(`Go's dq was not built: ${said}`, { cause: error });
    return `it was not built:\n${said.replaceAll(/^/gm, '#   ')}`;
  }
}

/** A running program that is told, and tells, one line of JSON at a time. */
class GoProgram {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #exited: Promise<unknown>;

  constructor(command: 'produce' | 'consume', bed: TestBed, tube: string, onLine: (line: unknown) => void) {
    const redis = new URL(bed.cluster.redisUrl).host;
    const args = [command, '-nodes', bed.cluster.endpoints.join(','), '-tube', tube, '-redis', redis];
    this.#child = spawn(PROGRAM, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface(this.#child.stdout).on('line', (line) => onLine(JSON.parse(line)));
    this.#exited = new Promise((resolve) => this.#child.once('close', resolve));
  }

  tell(line: object): void {
    this.#child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.#exited;
  }
}

interface Answer {
  readonly id: string;
  readonly error: string;
}

/** A producer of Go's dq. One call at a time. */
export class GoDqProducer {
  readonly #answers = new Recorder<Answer>();
  readonly #program: GoProgram;

  constructor(bed: TestBed, tube: string) {
    this.#program = new GoProgram('produce', bed, tube, (line) => this.#answers.add(line as Answer));
  }

  /** Resolves to dq's handle. */
  delay(body: string, ms: number): Promise<string> {
    return this.#ask({ op: 'delay', body, ms });
  }

  at(body: string, ms: number): Promise<string> {
    return this.#ask({ op: 'at', body, ms });
  }

  async revoke(id: string): Promise<void> {
    await this.#ask({ op: 'revoke', id });
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }

  async #ask(command: object): Promise<string> {
    this.#program.tell(command);
    const [answer] = await this.#answers.next();
    if (answer!.error !== '') throw new Error(`dq said: ${answer!.error}`);
    return answer!.id;
  }
}

export interface GoDqRun {
  readonly body: string;
  readonly atMs: number;
}

/** A consumer of Go's dq; its handler takes no time. */
export class GoDqConsumer {
  readonly runs = new Recorder<GoDqRun>();
  readonly #program: GoProgram;

  private constructor(bed: TestBed, tube: string) {
    this.#program = new GoProgram('consume', bed, tube, (line) => this.runs.add(line as GoDqRun));
  }

  /** Resolves when it reserves on every node that runs. */
  static async start(bed: TestBed, tube: string): Promise<GoDqConsumer> {
    const nodes = bed.cluster.nodes.filter(({ running }) => running);
    const watching = (): Promise<number[]> =>
      Promise.all(
        nodes.map((node) =>
          bed.raw(node, async (client) => Number((await client.statsTube(tube))?.['current-watching'] ?? 0)),
        ),
      );
    const before = await watching();
    const consumer = new GoDqConsumer(bed, tube);
    await until(async () => (await watching()).every((count, at) => count > before[at]!));
    return consumer;
  }

  get bodies(): string[] {
    return this.runs.all.map(({ body }) => body);
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}
