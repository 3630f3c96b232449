import { expect } from '@jest/globals';
import { BeanstalkdConnection } from '../../../lib/core/beanstalkd/connection.js';
import { type Clock, systemClock } from '../../../lib/core/base/clock.js';
import type { OnReply, PutCommand, Reply } from '../../../lib/core/cluster/node-connection.js';
import type { DqError } from '../../../lib/core/errors/dq.error.js';
import { parseEndpoint } from '../../../lib/core/wire/endpoint.js';
import { until } from '../../support/wait.js';

export interface DialOptions {
  readonly commandDeadline?: number;
  readonly maxBodyBytes?: number;
  readonly clock?: Clock;
}

/** A command that was sent, with every reply it got: one, or something is wrong. */
export class Asked {
  readonly replies: Reply[] = [];

  /** Waits for the reply. */
  async reply(): Promise<Reply> {
    return until(() => this.replies[0]);
  }
}

/** One connection under test, with all that it says. */
export class Dialed {
  readonly connection: BeanstalkdConnection;
  readonly closes: DqError[] = [];
  /** Commands that were not answered when `onClosed` came. */
  readonly unansweredAtClose: number[] = [];
  readonly asked: Asked[] = [];
  heard = 0;

  constructor(
    endpoint: string,
    { commandDeadline = 10_000, maxBodyBytes = 65_535, clock = systemClock }: DialOptions = {},
  ) {
    this.connection = new BeanstalkdConnection(
      parseEndpoint(endpoint),
      { commandDeadline, maxBodyBytes, trustsDisk: true },
      clock,
      {
        onAnswering: () => {
          this.heard++;
        },
        onClosed: (error) => {
          this.closes.push(error);
          this.unansweredAtClose.push(this.asked.filter(({ replies }) => replies.length === 0).length);
        },
      },
    );
  }

  ask(send: (connection: BeanstalkdConnection, done: OnReply) => void): Asked {
    const asked = new Asked();
    this.asked.push(asked);
    let returned = false;
    send(this.connection, (reply) => {
      if (!returned) throw new Error('answered before the method returned');
      asked.replies.push(reply);
    });
    returned = true;
    return asked;
  }

  /** A command without a body. */
  delete(id = 1): Asked {
    return this.ask((connection, done) => connection.delete(id, done));
  }

  put(body: string | Buffer, tube = 'default'): Asked {
    return this.ask((connection, done) => connection.put(putCommand(body, tube), done));
  }

  async closed(): Promise<DqError> {
    return until(() => this.closes[0], { what: 'the connection to close' });
  }

  /** What every death must look like: each command answered once, before the one report of the close. */
  get tidy(): boolean {
    return (
      this.connection.closed &&
      this.connection.pending === 0 &&
      this.closes.length === 1 &&
      this.unansweredAtClose[0] === 0 &&
      this.asked.every(({ replies }) => replies.length === 1)
    );
  }
}

export function putCommand(body: string | Buffer, tube = 'default'): PutCommand {
  return { tube, priority: 5, delaySeconds: 7, ttrSeconds: 60, body, byteLength: Buffer.byteLength(body) };
}

/** The shape of a lost command. */
export function lostReply(sent: boolean): unknown {
  return expect.objectContaining({ kind: 'LOST', sent });
}
