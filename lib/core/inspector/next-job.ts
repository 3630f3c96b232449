import { identify } from '../claims/job-identity.js';
import { ask } from '../cluster/ask.js';
import type { Node } from '../cluster/node.js';
import { formatHandle, type HandleCopy } from '../wire/handle.js';

/** The job of a tube that is due next. */
export interface DqNextJob {
  readonly id: string;
  readonly dueAt: Date;
  /** With its copies on the nodes that show it first, which may be fewer than it has. */
  readonly handle: string;
}

/** What a node shows. */
interface FirstJob {
  readonly id: string;
  readonly dueAt: Date;
  readonly copy: HandleCopy;
}

/**
 * Looks at what each node would give out first: what is ready, then what is still to become due, then what is delayed although it was
 * due. That is a job that waits for its next attempt, or one that runs and of which a copy rests: it hides those behind it on its node.
 */
export async function nextJob(tube: string, nodes: readonly Node[], nowMs: number): Promise<DqNextJob | undefined> {
  const [ready, delayed] = await Promise.all([first('ready'), first('delayed')]);
  const [later, again] = [delayed.filter(isLater), delayed.filter((job) => !isLater(job))];
  const next = earliest(ready) ?? earliest(later) ?? earliest(again);
  return next && { id: next.id, dueAt: next.dueAt, handle: handleOf(next, [...ready, ...delayed]) };

  function first(state: 'ready' | 'delayed'): Promise<FirstJob[]> {
    return firstOfEach(tube, nodes, state);
  }

  function isLater({ dueAt }: FirstJob): boolean {
    return +dueAt > nowMs;
  }
}

/** A handle has one copy of each node. */
function handleOf({ id }: FirstJob, shown: readonly FirstJob[]): string {
  const copies = shown.flatMap((job) => (job.id === id ? [[job.copy.endpoint, job.copy] as const] : []));
  return formatHandle([...new Map(copies).values()], id);
}

/** The first job in a state on each node that answers. */
export async function firstOfEach(
  tube: string,
  nodes: readonly Node[],
  state: 'ready' | 'delayed',
): Promise<FirstJob[]> {
  const shown = nodes.map(async (node) => {
    const reply = await ask(node.writer(), (to, done) => to.peekFirst(tube, state, done));
    return reply.kind === 'FOUND'
      ? tryIdentify(reply.body, { endpoint: node.endpoint, tube, number: reply.id })
      : undefined;
  });
  return (await Promise.all(shown)).filter((job) => job !== undefined);
}

function earliest(jobs: readonly FirstJob[]): FirstJob | undefined {
  return jobs.toSorted((one, other) => +one.dueAt - +other.dueAt)[0];
}

function tryIdentify(body: Buffer, copy: HandleCopy): FirstJob | undefined {
  try {
    const { id, envelope } = identify(copy.tube, body);
    return { id, dueAt: new Date(envelope.dueMs), copy };
  } catch {
    return undefined;
  }
}
