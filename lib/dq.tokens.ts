import { DqProducer } from './core/producer/producer.js';

/** What the user gave to `forRoot`, or what the factory of `forRootAsync` returned. */
export const DQ_MODULE_OPTIONS = Symbol('nestjs-dq options');
/** The tubes that `forRoot` and `forRootAsync` name beside the options. */
export const DQ_ROOT_TUBES = Symbol('nestjs-dq tubes of the root module');
/** The tubes of one `forFeature`. */
export const DQ_FEATURE_TUBES = Symbol('nestjs-dq tubes of a feature module');
/** What the runtime is given besides the options. Empty, except where a test puts stand-ins for the servers. */
export const DQ_RUNTIME_PARTS = Symbol('nestjs-dq runtime parts');

/** The injection token of a tube's producer. Without a tube: the class `DqProducer`, which writes to the default tube. */
export function getDqProducerToken(tube?: string): string | typeof DqProducer {
  return tube === undefined ? DqProducer : `DqProducer(${tube})`;
}
