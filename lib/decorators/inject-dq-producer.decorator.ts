import { Inject } from '@nestjs/common';
import { getDqProducerToken } from '../dq.tokens.js';

/** Injects the producer of a tube: `@InjectDqProducer('orders') orders: DqProducer<Order>`. */
export function InjectDqProducer(tube?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getDqProducerToken(tube));
}
