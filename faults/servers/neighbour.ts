import { GoConsumer } from '../../test/support/go-consumer.js';
import type { Payload } from '../../harness/application/payload.js';
import { TUBE } from './processes.js';
import type { Testbed } from './testbed.js';

/** A consumer of Go's dq beside ours. What it runs goes into the history as if a worker had told it. */
export class Neighbour {
  readonly #consumer: GoConsumer;
  readonly #testbed: Testbed;
  #told = 0;

  private constructor(consumer: GoConsumer, testbed: Testbed) {
    this.#consumer = consumer;
    this.#testbed = testbed;
  }

  static async start(testbed: Testbed): Promise<Neighbour> {
    const { nodes, redis } = testbed.servers;
    const ports = nodes.map(({ port }) => port);
    return new Neighbour(await GoConsumer.start(ports, TUBE, redis.url), testbed);
  }

  /** Tells what it has run since the last time. */
  tell(): void {
    const { history } = this.#testbed;
    for (const { id, payload } of this.#consumer.runs.slice(this.#told)) {
      this.#told++;
      const { seq } = JSON.parse(payload) as Payload;
      // It does not look at due times, nor at digests: that is not what it is here for.
      history.happened({ kind: 'start', by: 'go', seq, id, attempt: 1, dueMs: 0, intact: true });
      history.happened({ kind: 'end', by: 'go', seq, attempt: 1, outcome: 'ok' });
    }
  }

  async stop(): Promise<void> {
    await this.#consumer.stop();
    this.tell();
  }
}
