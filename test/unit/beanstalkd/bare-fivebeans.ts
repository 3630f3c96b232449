import { once } from 'node:events';
import { FivebeansClient } from '../../../lib/core/beanstalkd/fivebeans-client.js';

interface Puts {
  put(priority: number, delay: number, ttr: number, body: string, done: (...told: unknown[]) => void): void;
}

/** A fivebeans client as its manual shows it, for controls: what happens without the connection of this package. */
export class BareFivebeans {
  readonly told: unknown[][] = [];
  readonly #client: FivebeansClient;

  private constructor(client: FivebeansClient) {
    this.#client = client;
  }

  static async open(port: number): Promise<BareFivebeans> {
    const client = new FivebeansClient('127.0.0.1', port);
    client.on('error', () => {});
    const connected = once(client, 'connect');
    client.connect();
    await connected;
    return new BareFivebeans(client);
  }

  /** Commands that wait for a reply, as the client sees it. */
  get waiting(): number {
    return this.#client.handlers.length;
  }

  put(body: string): void {
    (this.#client as unknown as Puts).put(0, 0, 60, body, (...told) => this.told.push(told));
  }

  async close(): Promise<void> {
    const closed = once(this.#client, 'close');
    this.#client.stream.destroy();
    await closed;
  }
}
