import type { ConnectionListeners, NodeConnection, NodeDialer } from '../../core/cluster/node-connection.js';
import { directLink, type Link } from './link.js';
import { MemoryConnection, type MemoryConnectionSettings } from './memory-connection.js';
import type { MemoryNode } from './memory-node.js';

/** Opens connections to one node in memory. `link` makes the road of each. */
export class MemoryDialer implements NodeDialer {
  readonly endpoint: string;

  constructor(
    readonly node: MemoryNode,
    readonly settings: MemoryConnectionSettings,
    readonly link: () => Link = () => directLink,
  ) {
    this.endpoint = node.endpoint;
  }

  dial(listeners: ConnectionListeners): NodeConnection {
    return new MemoryConnection(this.node, this.link(), this.settings, listeners);
  }
}
