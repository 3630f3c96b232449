import type { DqNodeState } from '../core/inspector/node-state.js';
import { textOf } from '../core/errors/shown.js';
import type { DqRuntime } from '../core/runtime.js';
import { inOneLook } from './in-one-look.js';
import { Shared } from './shared.js';
import type { WatchedServers } from './watched-servers.js';
import type { NodeRow, NodesView, StoreRow } from './wire.js';

const LOOK_MS = 800;

/** The nodes, each asked once, and the claim store. */
export class NodesViews extends Shared<NodesView> {
  readonly #runtime: DqRuntime;
  readonly #watched: WatchedServers;

  constructor(runtime: DqRuntime, watched: WatchedServers) {
    super(runtime.parts.clock);
    this.#runtime = runtime;
    this.#watched = watched;
  }

  protected override async look(): Promise<NodesView> {
    const { inspector, parts } = this.#runtime;
    const [states, store] = await Promise.all([inspector.nodes({ deadline: LOOK_MS }), this.#store()]);
    return { at: parts.clock.now(), nodes: states.map((state) => this.#row(state)), store };
  }

  #row(state: DqNodeState): NodeRow {
    const { node } = state;
    if (!state.reachable)
      return { node, reachable: false, reason: state.reason, awaySince: this.#watched.awaySince(node) };
    const { version, draining, binlog, binlogMoving, uptimeSeconds, connections } = state;
    return {
      node,
      reachable: true,
      version,
      draining,
      binlog,
      binlogMoving: binlogMoving ?? null,
      uptimeSeconds,
      connections,
    };
  }

  async #store(): Promise<StoreRow> {
    const { options, parts, context } = this.#runtime;
    const [tube = options.defaultTube] = parts.tubes.keys();
    // Whatever it answers, it answers.
    const asked = context.enter(() =>
      parts.store.pauses.look(tube).then(
        () => null,
        (error: unknown) => textOf(error),
      ),
    );
    const [answer] = await inOneLook(parts.clock, LOOK_MS, [asked]);
    const reason = answer === undefined ? `It did not answer within ${LOOK_MS} ms.` : answer.value;
    const { embedded } = options;
    return {
      kind: embedded === undefined ? 'redis' : embedded.file === undefined ? 'memory' : 'file',
      reachable: reason === null,
      reason,
      warnings: this.#watched.warnings,
      awaySince: this.#watched.awaySince(),
    };
  }
}
