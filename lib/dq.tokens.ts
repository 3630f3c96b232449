import { DqProducer } from './core/producer/producer.js';

/** The injection token of a tube's producer. Without a tube: the class `DqProducer`, which writes to the default tube. */
export function getDqProducerToken(tube?: string): string | typeof DqProducer {
  return tube === undefined ? DqProducer : `DqProducer(${tube})`;
}
