import { randomBytes } from 'node:crypto';
import { claimSabotages } from './claim-sabotages.js';
import { connections, rewriting, type Sabotage } from './sabotage.js';

const bodies = new Map<string, Buffer>();
const HOUR_S = 3_600;

/** Protections of copies on nodes. */
export const nodeSabotages = {
  /** What nobody can read is thrown away. */
  'deletes-buried': connections((node) => ({
    bury: (id, _priority, done) => node.delete(id, () => done({ kind: 'BURIED', id: undefined })),
  })),

  /** As dq does it: a copy is deleted when it is reserved, before anything is known of its job. */
  'deletes-first': connections((node) => ({
    reserve: (seconds, done) => {
      node.reserve(seconds, (reply) => {
        if (reply.kind === 'RESERVED') node.delete(reply.id, () => undefined);
        done(reply);
      });
    },
  })),

  /** The caller's id is dropped: each call makes a job of its own. */
  'forgets-ids': {
    ...claimSabotages['takes-any-id'],
    ...rewriting((body) => body.replace(/"id":"[^"]*"/, `"id":"${randomBytes(12).toString('hex')}"`)),
  },

  /** What is to be put back for a while is touched instead, so that a job that runs keeps all its copies reserved. */
  'never-rests': connections((node) => ({
    release: (id, priority, delaySeconds, done) => {
      if (delaySeconds === 0) node.release(id, priority, 0, done);
      else node.touch(id, () => done({ kind: 'RELEASED' }));
    },
  })),

  /** Each write of an occurrence has a claim of its own, as if its id were one that somebody gave. */
  'no-slot-claim': rewriting((body) => {
    return body.replace(/("n":\d+)(,"s":\{)/, `$1,"g":"${randomBytes(6).toString('hex')}"$2`);
  }),

  /** What goes back to a node comes up an hour late. */
  'releases-late': connections((node) => ({
    release: (id, priority, delay, done) => node.release(id, priority, delay + HOUR_S, done),
  })),

  /** What should go back to a node is deleted there. */
  'releases-nothing': connections((node) => ({
    release: (id, _priority, _delay, done) => node.delete(id, () => done({ kind: 'RELEASED' })),
  })),

  /** Nothing tells equal payloads for one moment apart. */
  'same-moment': rewriting((body) => body.replace(/^(\d+)\d{6}\//, '$1000000/')),

  /** Whatever a node answers to a release or a bury is taken for well, and nobody asks whether its disk is full. */
  'trusts-disk': {
    connection: { trustsDisk: true },
    ...connections((node) => ({
      release: (id, priority, delaySeconds, done) => {
        node.release(id, priority, delaySeconds, () => done({ kind: 'RELEASED' }));
      },
      bury: (id, priority, done) => {
        node.bury(id, priority, () => done({ kind: 'BURIED', id: undefined }));
      },
    })),
  },

  /** Whatever a node answers to a put, it is taken for written. */
  'trusts-draining': connections((node) => ({
    put: (command, done) => {
      node.put(command, (reply) => done(reply.kind === 'DRAINING' ? { kind: 'INSERTED', id: 1 } : reply));
    },
  })),

  /** A number names a job for ever: what a `put` was given is believed to be there still, whatever the node says. */
  'trusts-numbers': connections((node) => ({
    put: (command, done) => {
      node.put(command, (reply) => {
        const name = reply.kind === 'INSERTED' ? `${node.endpoint} ${reply.id}` : undefined;
        if (name !== undefined && !bodies.has(name)) bodies.set(name, Buffer.from(command.body));
        done(reply);
      });
    },
    peek: (id, done) => {
      node.peek(id, (reply) => {
        const body = bodies.get(`${node.endpoint} ${id}`);
        done(body === undefined ? reply : { kind: 'FOUND', id, body });
      });
    },
  })),
} as const satisfies Readonly<Record<string, Sabotage>>;
