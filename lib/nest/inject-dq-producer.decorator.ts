import { Inject } from '@nestjs/common';
import { producerToken } from './dq.tokens.js';
import { requireLegacyDecorators } from './dq.marks.js';

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
