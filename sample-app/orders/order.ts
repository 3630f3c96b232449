/** An order is placed first, and then either paid or cancelled, for good. */
export type OrderStatus = 'placed' | 'paid' | 'cancelled';

export interface Order {
  readonly id: string;
  readonly item: string;
  readonly price: number;
  /** Where it is confirmed, if the customer wants that. */
  readonly email?: string;
  readonly status: OrderStatus;
  readonly placedAt: Date;
  /** When the customer is reminded, and when the order is cancelled, unless it is paid before. */
  readonly remindAt: Date;
  readonly cancelAt: Date;
  readonly remindedAt?: Date;
  readonly cancelledAt?: Date;
  readonly paidAt?: Date;
}

/** What a customer sends. */
export type NewOrder = Pick<Order, 'item' | 'price' | 'email'>;
