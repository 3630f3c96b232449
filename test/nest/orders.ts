import { Injectable } from '@nestjs/common';
import { DqProducer, InjectDqProducer } from 'nestjs-dq';

/** Wants both kinds of producers, as a user's service does. */
@Injectable()
export class Orders {
  constructor(
    readonly unnamed: DqProducer,
    @InjectDqProducer('orders') readonly named: DqProducer<{ id: string }>,
  ) {}
}
