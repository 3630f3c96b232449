import { identify } from '../claims/job-identity.js';
import { ask } from '../cluster/ask.js';
import type { Node } from '../cluster/node.js';

/** The job of a tube that is due next. */
export interface DqNextJob {
  readonly id: string;
  readonly dueAt: Date;
}

/**
 * Looks at what each node would give out first: what is ready, then what is still to become due, then what is delayed although it was
 * due. That is a job that waits for its next attempt, or one that runs and of which a copy rests: it hides those behind it on its node.
 */
export async function nextJob(tube: string, nodes: readonly Node[], nowMs: number): Promise<DqNextJob | undefined> {
  const [ready, delayed] = await Promise.all([first('ready'), first('delayed')]);
  const [later, again] = [delayed.filter(isLater), delayed.filter((job) => !isLater(job))];
  return earliest(ready) ?? earliest(later) ?? earliest(again);

  function first(state: 'ready' | 'delayed'): Promise<DqNextJob[]> {
    return firstOfEach(tube, nodes, state);
  }

  function isLater({ dueAt }: DqNextJob): boolean {
    return +dueAt > nowMs;
  }
}

/** The first job in a state on each node that answers. */
export async function firstOfEach(
  tube: string,
  nodes: readonly Node[],
  state: 'ready' | 'delayed',
): Promise<DqNextJob[]> {
  const replies = await Promise.all(
    nodes.map((node) => ask(node.writer(), (to, done) => to.peekFirst(tube, state, done))),
  );
  return replies.flatMap((reply) => (reply.kind === 'FOUND' ? (tryIdentify(tube, reply.body) ?? []) : []));
}

function earliest(jobs: readonly DqNextJob[]): DqNextJob | undefined {
  return jobs.toSorted((one, other) => +one.dueAt - +other.dueAt)[0];
}

function tryIdentify(tube: string, body: Buffer): DqNextJob | undefined {
  try {
    const { id, envelope } = identify(tube, body);
    return { id, dueAt: new Date(envelope.dueMs) };
  } catch {
    return undefined;
  }
}
