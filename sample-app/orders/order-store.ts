import { Injectable } from '@nestjs/common';
import type { Order, OrderHandles } from './order.js';

/** What is kept of an order; the handles are not for customers. */
export interface StoredOrder {
  readonly order: Order;
  readonly handles: OrderHandles;
}

/**
 * The orders, in memory, to keep the sample short: a restart forgets them, while their jobs go on. A shop of yours has a
 * database here, with the same four methods.
 */
@Injectable()
export class OrderStore {
  private readonly orders = new Map<string, StoredOrder>();

  async add(order: Order, handles: OrderHandles): Promise<void> {
    this.orders.set(order.id, { order, handles });
  }

  async all(): Promise<readonly Order[]> {
    return [...this.orders.values()].map(({ order }) => order);
  }

  async find(id: string): Promise<StoredOrder | undefined> {
    return this.orders.get(id);
  }

  /**
   * Changes an order that is still placed, in one step: of two who try to pay and to cancel it, one gets the changed order
   * and the other `undefined`. In SQL: `UPDATE orders SET ... WHERE id = $1 AND status = 'placed' RETURNING *`.
   */
  async changePlaced(id: string, change: Partial<Order>): Promise<Order | undefined> {
    const stored = this.orders.get(id);
    if (stored?.order.status !== 'placed') return undefined;
    const order = { ...stored.order, ...change };
    this.orders.set(id, { ...stored, order });
    return order;
  }
}
