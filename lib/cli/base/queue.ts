import type { DqEvent } from '../../core/base/events.js';
import { DqRuntime } from '../../core/runtime.js';
import { checkTubeName } from '../../core/wire/tube-name.js';
import { resolvedOf, type ServerOptions } from './addresses.js';
import type { Cli } from './cli.js';
import { longest, within } from './timeout.js';

/** Closing waits no longer for a server that hangs. */
const CLOSE_MS = 1_000;

/** The queue as a command has it: a runtime that takes no jobs, and what was learnt of its servers. */
export interface Queue {
  readonly runtime: DqRuntime;
  /** Milliseconds for all that the command asks. */
  readonly ms: number;
  /** Why each server is away, by its name; Redis is `redis`. */
  readonly away: ReadonlyMap<string, string>;
}

/** Uses a runtime for these tubes, and closes it, whatever happens. */
export async function withQueue<T>(
  cli: Cli,
  options: ServerOptions,
  tubes: readonly string[],
  use: (queue: Queue) => Promise<T>,
): Promise<T> {
  const ms = longest(options);
  const resolved = resolvedOf(cli, options);
  const names = new Set(tubes.map((tube) => checkTubeName(tube)));
  const away = new Map<string, string>();
  const runtime = new DqRuntime(resolved, { clock: cli.clock, report: (event) => note(event, away) });
  try {
    for (const name of names) runtime.declare(name);
    return await within(cli, ms, use({ runtime, ms, away }));
  } finally {
    await closed(cli, runtime);
  }
}

function note(event: DqEvent, away: Map<string, string>): void {
  if (event.type === 'node-lost') away.set(event.node, event.reason);
  else if (event.type === 'store-lost') away.set('redis', event.reason);
}

async function closed({ clock }: Cli, runtime: DqRuntime): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.after(CLOSE_MS, resolve);
    void runtime
      .close()
      .catch(() => undefined)
      .finally(() => {
        timer.cancel();
        resolve();
      });
  });
}
