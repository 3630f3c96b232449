import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import type { NewOrder } from './order.js';

const LONGEST_ITEM = 100;
const EMAIL = /^[\w.+-]{1,64}@[\w.-]{1,180}$/;

/** Takes from a request's body what an order needs, or answers 400 and says what is wrong. */
@Injectable()
export class NewOrderPipe implements PipeTransform<unknown, NewOrder> {
  transform(body: unknown): NewOrder {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new BadRequestException('Expected a JSON object such as {"item":"book","price":12}.');
    }
    const { item, price, email } = body as Partial<Record<keyof NewOrder, unknown>>;
    if (typeof item !== 'string' || item.trim() === '' || item.length > LONGEST_ITEM) {
      throw new BadRequestException(`Expected item to be a text of 1 to ${LONGEST_ITEM} characters.`);
    }
    if (typeof price !== 'number' || !Number.isFinite(price) || price <= 0) {
      throw new BadRequestException('Expected price to be a number above 0.');
    }
    return { item: item.trim(), price, email: email === undefined ? undefined : checkedEmail(email) };
  }
}

/** Takes from a request's body where an order is confirmed from now on, or answers 400. */
@Injectable()
export class NewEmailPipe implements PipeTransform<unknown, string> {
  transform(body: unknown): string {
    return checkedEmail((body as { readonly email?: unknown } | null | undefined)?.email);
  }
}

function checkedEmail(email: unknown): string {
  if (typeof email === 'string' && EMAIL.test(email)) return email;
  throw new BadRequestException('Expected email to be an address such as ann@example.org.');
}
