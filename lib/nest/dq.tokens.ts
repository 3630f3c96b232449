import { Inject } from '@nestjs/common';
import { DqTubeNameError } from '../core/errors/argument.errors.js';
import { shown } from '../core/errors/shown.js';
import { DqProducer } from '../core/producer/producer.js';
import { checkTubeName } from '../core/wire/tube-name.js';
import { requireLegacyDecorators } from './dq.marks.js';

/**
 * What the user gave to `forRoot`, or what the factory of `forRootAsync` returned. The same in every copy of this package, so that two of
 * them in one application are refused.
 */
export const DQ_MODULE_OPTIONS = Symbol.for('nestjs-dq:options');
/** The tubes that `forRoot` and `forRootAsync` name beside the options. */
export const DQ_ROOT_TUBES = Symbol('nestjs-dq tubes of the root module');
/** The tubes of one `forFeature`. */
export const DQ_FEATURE_TUBES = Symbol('nestjs-dq tubes of a feature module');
/** What the runtime is given besides the options. Empty, except where a test puts stand-ins for the servers. */
export const DQ_RUNTIME_PARTS = Symbol('nestjs-dq runtime parts');

/**
 * The injection token of a tube's producer. Without an argument: the class `DqProducer`, which writes to the default tube.
 * @throws DqTubeNameError for an argument that is no name, also `undefined`: of a name that is not there yet, as in a cycle of imports,
 * nobody means the default tube
 */
export function getDqProducerToken(...tube: readonly [] | readonly [tube: string]): string | typeof DqProducer {
  return producerToken('getDqProducerToken', tube);
}

/** The same for what a caller has called. @throws DqTubeNameError */
function producerToken(caller: string, args: readonly unknown[]): string | typeof DqProducer {
  if (args.length === 0) return DqProducer;
  const [tube] = args;
  if (typeof tube === 'string' && tube !== '') return tokenOf(checkTubeName(tube));
  const late = tube === undefined ? ' Does its file import this one, so that the name is not there yet?' : '';
  throw new DqTubeNameError(
    `Expected ${caller} to be given the name of a tube, or nothing for the default tube, got ${shown(tube)}.${late}`,
  );
}

/** Of a name that is checked elsewhere. */
export function tokenOf(tube: string): string {
  return `DqProducer(${tube})`;
}

/**
 * Injects the producer of a tube: `@InjectDqProducer('orders') orders: DqProducer<Order>`. Without an argument, that of the default tube.
 * @throws DqTubeNameError for an argument that is no name, also `undefined`
 */
export function InjectDqProducer(
  ...tube: readonly [] | readonly [tube: string]
): PropertyDecorator & ParameterDecorator {
  const inject = Inject(producerToken('@InjectDqProducer', tube));
  return (target: object, key: string | symbol | undefined, index?: number) => {
    requireLegacyDecorators('@InjectDqProducer', key);
    inject(target, key as string, index as number);
  };
}
