import type { Clock } from '../base/clock.js';
import type { ConnectionListeners, NodeConnection, NodeDialer } from '../cluster/node-connection.js';
import type { Endpoint } from '../wire/endpoint.js';
import type { ConnectionSettings } from './connection-settings.js';
import { BeanstalkdConnection } from './connection.js';

/** Opens connections to one beanstalkd. */
export class BeanstalkdDialer implements NodeDialer {
  readonly endpoint: string;

  constructor(
    readonly address: Endpoint,
    readonly settings: ConnectionSettings,
    readonly clock: Clock,
  ) {
    this.endpoint = address.name;
  }

  dial(listeners: ConnectionListeners): NodeConnection {
    return new BeanstalkdConnection(this.address, this.settings, this.clock, listeners);
  }
}
