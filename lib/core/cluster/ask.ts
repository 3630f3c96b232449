import type { NodeConnection, OnReply, Reply } from './node-connection.js';

/** One command on a connection, as a promise. Never rejects. */
export function ask<To extends NodeConnection>(to: To, send: (to: To, done: OnReply) => void): Promise<Reply> {
  return new Promise((resolve) => {
    send(to, resolve);
  });
}
