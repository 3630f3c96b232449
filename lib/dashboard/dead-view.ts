import type { DqDeadLetter } from '../core/inspector/found-letter.js';
import type { DqRuntime } from '../core/runtime.js';
import type { ResolvedSettings } from './dashboard-options.js';
import { atMost } from './in-one-look.js';
import { wholeIn } from './incoming.js';
import { payloadView } from './payload-view.js';
import { Shared } from './shared.js';
import type { DeadRow, DeadView } from './wire.js';

const READ_MS = 600;
const USUAL_LETTERS = 50;
const MOST_LETTERS = 200;

/** Dead letters: a look holds them for moments, so it is taken when somebody asks for it, and not again within a second. */
export class DeadViews extends Shared<DeadView> {
  readonly #runtime: DqRuntime;
  readonly #settings: ResolvedSettings;

  constructor(runtime: DqRuntime, settings: ResolvedSettings) {
    super(runtime.parts.clock);
    this.#runtime = runtime;
    this.#settings = settings;
  }

  show(tube: string, limit: string | null): Promise<DeadView> {
    this.#runtime.requireTube(tube, 'the dashboard');
    return this.get(`${tube}\n${wholeIn(limit, 'limit', 1, MOST_LETTERS) ?? USUAL_LETTERS}`);
  }

  protected override async look(key: string): Promise<DeadView> {
    const [tube = '', most] = key.split('\n', 2);
    const limit = Number(most);
    const { inspector, parts } = this.#runtime;
    const looks = Promise.all([
      inspector.dead(tube, { limit, deadline: READ_MS }),
      inspector.counts(tube, { deadline: READ_MS }),
    ]);
    const [letters, counts] = await atMost(parts.clock, looks, `The dead letters of tube ${tube}`);
    const shownOn = (node: string): number =>
      letters.reduce((sum, { copies }) => sum + copies.filter((copy) => copy.node === node).length, 0);
    return {
      at: parts.clock.now(),
      tube,
      letters: letters.slice(0, limit).map((letter) => this.#row(letter)),
      more: letters.length > limit || counts.some(({ node, dead }) => dead > shownOn(node)),
      silent: counts.flatMap(({ node, reachable }) => (reachable ? [] : [node])),
    };
  }

  #row(letter: DqDeadLetter): DeadRow {
    const { id, tube, reason, attempts, dueAt, mayHaveRun, copies, key, data } = letter;
    const foreign = dueAt === undefined;
    return {
      id,
      reason,
      attempts,
      dueAt: foreign ? null : +dueAt,
      mayHaveRun,
      foreign,
      copies,
      key: key ?? null,
      payload: payloadView(data, tube, this.#settings, !foreign),
    };
  }
}
