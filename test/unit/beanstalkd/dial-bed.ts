import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { type Answers, HostileServer } from '../../support/hostile-server.js';
import { type Census, countResources, expectNoLeaks } from '../../support/leaks.js';
import { Dialed, type DialOptions } from './dialed.js';

/** Servers that answer as a test says, and connections to them; after each test all have ended as they should, and nothing is left. */
export class DialBed {
  readonly #servers: HostileServer[] = [];
  readonly #connections: Dialed[] = [];

  constructor() {
    let before: Census;
    beforeEach(async () => {
      await sleep(10);
      before = countResources();
    });
    afterEach(async () => {
      const connections = this.#connections.splice(0);
      for (const { connection } of connections) connection.destroy();
      await Promise.all(this.#servers.splice(0).map((server) => server.close()));
      for (const dialed of connections) expect(dialed.tidy).toBe(true);
      await expectNoLeaks(before);
    });
  }

  async listen(answers: Answers): Promise<HostileServer> {
    const server = await HostileServer.listen(answers);
    this.#servers.push(server);
    return server;
  }

  dial(endpoint: string, options?: DialOptions): Dialed {
    const dialed = new Dialed(endpoint, options);
    this.#connections.push(dialed);
    return dialed;
  }
}
