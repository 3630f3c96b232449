import type { DqEvent } from '../../core/base/events.js';
import { inTime } from '../../core/base/in-time.js';
import type { DqInspector } from '../../core/inspector/inspector.js';
import type { DqTubeOptions } from '../../core/options/dq-options.js';
import type { ResolvedOptions } from '../../core/options/resolved-options.js';
import type { DqProducer } from '../../core/producer/producer.js';
import { DqRuntime } from '../../core/runtime.js';
import { checkTubeName } from '../../core/wire/tube-name.js';
import { addressesOf, resolvedOf, serverMs, type ServerOptions } from './addresses.js';
import type { Cli } from './cli.js';
import { CliError, EXIT } from './cli.errors.js';
import { action, type Answer, type CommonOptions } from './command.js';
import { storeAt } from './store-line.js';
import { longest, within } from './timeout.js';

/** What is under way when a command ends, such as deleting the copies of a job that was revoked, has as long as a server, and this. */
const CLOSE_MS = 500;
/** What one look may take of the time of a command: two may follow each other, and what they found is still shown. */
const LOOK_SHARE = 0.4;
/** Tools read payloads as they are kept, and as much of a history as there is. */
const AS_KEPT = { codec: 'raw', history: { last: 1_000_000 } } as const;

/** The queue as a command has it: a runtime that takes no jobs, and what was learnt of its servers. */
export class Queue {
  readonly runtime: DqRuntime;
  /** Milliseconds that the nodes have for one look. */
  readonly lookMs: number;
  readonly #cli: Cli;
  readonly #ms: number;
  readonly #away = new Map<string, string>();

  private constructor(cli: Cli, options: ResolvedOptions, ms: number) {
    this.#cli = cli;
    this.#ms = ms;
    this.lookMs = Math.max(1, Math.floor(ms * LOOK_SHARE));
    this.runtime = new DqRuntime(options, { clock: cli.clock, report: (event) => this.#note(event) });
  }

  /**
   * What Redis takes to say whether it is a Cluster is of the command's time, unless `kindMs` is given.
   * @throws CliError `CLI_USAGE`, DqOptionsError, DqEndpointError
   */
  static async open(cli: Cli, options: ServerOptions, kindMs?: number): Promise<Queue> {
    const ms = longest(options);
    // What is wrong is said before a server is asked.
    resolvedOf(cli, options);
    const begun = cli.clock.monotonic();
    const redis = await storeAt(addressesOf(cli, options).redis, kindMs ?? serverMs(ms), cli);
    const took = kindMs === undefined ? Math.ceil(cli.clock.monotonic() - begun) : 0;
    const left = Math.max(1, ms - took);
    return new Queue(cli, { ...resolvedOf(cli, options, left), redis }, left);
  }

  get nowMs(): number {
    return this.#cli.clock.now();
  }

  /** From now on the tube may be asked for. @throws DqTubeNameError */
  declare(name: string, format: DqTubeOptions['format'] = 'native'): void {
    if (!this.runtime.parts.tubes.has(name)) this.runtime.declare({ name: checkTubeName(name), format, ...AS_KEPT });
  }

  /** What looks into a tube. @throws DqTubeNameError */
  inspector(tube: string): DqInspector {
    this.declare(tube);
    return this.runtime.inspector;
  }

  /** What schedules into a tube. @throws DqTubeNameError */
  producer(tube: string): DqProducer {
    this.declare(tube);
    return this.runtime.producer(tube);
  }

  /** A node has not said what it was asked in time. */
  silent(node: string): void {
    if (!this.#away.has(node)) this.#away.set(node, `it did not answer within ${this.lookMs} ms`);
  }

  /** It has answered now, whatever became of it before. */
  heard(node: string): void {
    this.#away.delete(node);
  }

  /** Servers that are away, with the reasons. */
  get away(): readonly { readonly server: string; readonly reason: string }[] {
    return [...this.#away].map(([server, reason]) => ({ server, reason }));
  }

  /** What ends a sentence that says that there is nothing: others may have it. */
  get whereKnown(): string {
    return this.#away.size > 0 ? ', as far as the servers that answered know' : '';
  }

  /** What `work` answers, and which servers are away; `moreMs` longer than commands take. */
  async answer(work: Promise<Answer>, moreMs = 0): Promise<Answer> {
    try {
      return this.#withAway(await within(this.#cli, this.#ms + moreMs, work));
    } catch (error) {
      if (error instanceof CliError && error.code === 'CLI_DEADLINE' && this.#away.size > 0)
        throw new CliError(error.code, `${error.message} ${this.#notes().join(' ')}`, { cause: error });
      throw error;
    }
  }

  /** Ends everything, waiting only for so long. */
  async close(): Promise<void> {
    const closing = this.runtime.close().catch(() => undefined);
    await inTime(this.#cli.clock, this.lookMs + CLOSE_MS, closing, undefined);
  }

  #withAway(answer: Answer): Answer {
    const { exit = EXIT.fine } = answer;
    const isUnsure = this.#away.size > 0 && answer.stands !== true;
    return {
      ...answer,
      json: { ...answer.json, away: this.away },
      notes: [...(answer.notes ?? []), ...this.#notes()],
      exit: isUnsure ? EXIT.away : exit,
    };
  }

  #notes(): string[] {
    return this.away.map(({ server, reason }) => `${server} is away: ${reason.replace(/(?<![.?])$/, '.')}`);
  }

  #note(event: DqEvent): void {
    if (event.type === 'node-lost') this.#away.set(event.node, event.reason);
    else if (event.type === 'node-back') this.#away.delete(event.node);
    else if (event.type === 'store-lost') this.#away.set('Redis', event.reason);
    else if (event.type === 'store-back') this.#away.delete('Redis');
  }
}

/** Uses a queue, and closes it, whatever happens. `kindMs`: what Redis may take to say whether it is a Cluster, for a command that has time. */
export async function withOpenQueue<T>(
  cli: Cli,
  options: ServerOptions,
  use: (queue: Queue) => Promise<T>,
  kindMs?: number,
): Promise<T> {
  const queue = await Queue.open(cli, options, kindMs);
  try {
    return await use(queue);
  } finally {
    await queue.close();
  }
}

/** What a command does beside asking servers. */
interface Asking {
  /** Comes first, such as a question to the person. Where it fails no server is asked. */
  readonly first?: (args: never, options: never) => unknown;
  /** How much longer the command may take than `--timeout` says. */
  readonly moreMs?: number;
}

/** What commander calls for a command that asks the servers once. `ask` says of which types the arguments and options are. */
export function query(
  cli: Cli,
  ask: (queue: Queue, args: never, options: never) => Promise<Answer>,
  { first, moreMs = 0 }: Asking = {},
): ReturnType<typeof action> {
  return action(cli, async (args, options: CommonOptions) => {
    await first?.(args, options as never);
    return withOpenQueue(cli, options, (queue) => queue.answer(ask(queue, args, options as never), moreMs));
  });
}
