import { declaredHandle } from '../core/inspector/declared-handle.js';
import type { DqJobStatus } from '../core/inspector/job-status.js';
import type { DqPeek } from '../core/inspector/peek.js';
import { countTube } from '../core/inspector/tube-counts.js';
import { checkJobId } from '../core/wire/job-id.js';
import { decodePayload } from '../core/wire/codec.js';
import type { DqRuntime } from '../core/runtime.js';
import type { ResolvedSettings } from './dashboard-options.js';
import { historyRow } from './history-view.js';
import { textIn } from './incoming.js';
import { type Answered, inOneLook } from './in-one-look.js';
import { payloadView } from './payload-view.js';
import { copiesOn, hereOf, most, pauseOf } from './tubes-view.js';
import { reasonsOf } from './why.js';
import type { HistoryRow, JobView, PayloadView } from './wire.js';

const LOOK_MS = 700;
/** Behind it, of a second. */
const NEXT_MS = 250;
const LAST_ATTEMPTS = 20;

/** A job, as it was asked for. */
interface Asked {
  readonly tube: string;
  readonly id: string | undefined;
  /** Undefined: by its id alone. */
  readonly handle: string | undefined;
}

/** One job, by its handle or its id: what became of it, and why it has not run. */
export class JobViews {
  readonly #runtime: DqRuntime;
  readonly #settings: ResolvedSettings;

  constructor(runtime: DqRuntime, settings: ResolvedSettings) {
    this.#runtime = runtime;
    this.#settings = settings;
  }

  /** @throws DqHandleError, DqHandlerError, DqJobIdError, Refusal */
  async show(query: URLSearchParams): Promise<JobView> {
    return this.#look(this.#asked(query));
  }

  #asked(query: URLSearchParams): Asked {
    const handle = query.get('handle')?.trim();
    if (handle !== undefined && handle !== '') {
      const { parsed, tube } = declaredHandle(handle, this.#runtime.parts);
      return { tube: tube.name, id: parsed.id, handle };
    }
    const { name: tube } = this.#runtime.requireTube(textIn(query, 'tube'), 'the dashboard');
    return { tube, id: checkJobId(textIn(query, 'id').trim()), handle: undefined };
  }

  async #look(asked: Asked): Promise<JobView> {
    const { inspector, parts, consumers } = this.#runtime;
    const { clock, cluster } = parts;
    const { tube, handle } = asked;
    const [peeked, status, pause, history, counts] = await Promise.all([
      handle === undefined ? undefined : inspector.peek(handle, { deadline: LOOK_MS }),
      this.#one(inspector.status(handle ?? { tube, id: asked.id ?? '' })),
      this.#one(this.#runtime.context.enter(() => parts.store.pauses.look(tube))),
      this.#history(asked),
      this.#runtime.context.enter(() =>
        inOneLook(
          clock,
          LOOK_MS,
          cluster.nodes.map((node) => countTube(tube, node)),
        ),
      ),
    ]);
    const nodes = cluster.nodes.map((node, at) => copiesOn(node, counts[at]));
    const said = status?.value.state === 'unknown' ? await this.#asNext(asked, status.value) : status?.value;
    const silent = nodes.flatMap(({ node, counts }) => (counts === null ? [node] : []));
    const now = clock.now();
    const dueAt = dueOf(said, peeked);
    const facts = {
      now,
      tube,
      status: said,
      dueAt,
      pause: pauseOf(pause),
      copies: peeked?.copies,
      consumers: tube === 'default' ? null : most(nodes, 'watching'),
      ready: most(nodes, 'ready') ?? 0,
      silent,
      nodes: nodes.length,
      here: hereOf(consumers.get(tube)),
    };
    return {
      at: now,
      tube,
      id: asked.id ?? peeked?.job?.id ?? null,
      state: said?.state ?? 'unknown',
      dueAt,
      ...timesOf(said),
      copies: peeked?.copies ?? null,
      silent,
      payload: this.#payload(tube, peeked),
      why: reasonsOf(facts),
      history,
    };
  }

  /** Nobody remembers an id that was not the caller's own before its job has started. But the nodes show the job of a tube that is due next. */
  async #asNext({ tube, id, handle }: Asked, unknown: DqJobStatus): Promise<DqJobStatus> {
    if (handle !== undefined) return unknown;
    const [answer] = await inOneLook(this.#runtime.parts.clock, NEXT_MS, [this.#runtime.inspector.next(tube)]);
    const next = answer?.value;
    return next !== undefined && next.id === id ? { state: 'scheduled', dueAt: next.dueAt } : unknown;
  }

  async #history({ tube, id }: Asked): Promise<readonly HistoryRow[] | null> {
    const { history } = this.#runtime.requireTube(tube, 'the dashboard');
    if (history === undefined || id === undefined) return null;
    const entries = await this.#one(this.#runtime.inspector.history(tube, { id, limit: LAST_ATTEMPTS }));
    return entries?.value.map(historyRow) ?? null;
  }

  #payload(tube: string, peeked: DqPeek | undefined): PayloadView | null {
    const job = peeked?.job;
    if (job === undefined) return null;
    const { codec } = this.#runtime.requireTube(tube, 'the dashboard');
    try {
      return payloadView(decodePayload(codec, job.payload, job.raw), tube, this.#settings);
    } catch {
      return payloadView(job.payload, tube, this.#settings, false);
    }
  }

  async #one<T>(asked: Promise<T>): Promise<Answered<T>> {
    const [answer] = await inOneLook(this.#runtime.parts.clock, LOOK_MS, [asked]);
    return answer;
  }
}

function dueOf(status: DqJobStatus | undefined, peeked: DqPeek | undefined): number | null {
  const due = status !== undefined && 'dueAt' in status ? status.dueAt : peeked?.job?.dueAt;
  return due === undefined ? null : +due;
}

function timesOf(status: DqJobStatus | undefined): Pick<JobView, 'attempt' | 'until' | 'reason'> {
  switch (status?.state) {
    case 'running':
      return { attempt: status.attempt, until: +status.leaseEnds, reason: null };
    case 'retrying':
      return { attempt: status.attempt, until: +status.nextAt, reason: null };
    case 'done':
      return { attempt: status.attempt ?? null, until: null, reason: null };
    case 'dead':
      return { attempt: status.attempts, until: null, reason: status.reason };
    default:
      return { attempt: null, until: null, reason: null };
  }
}
