import { Injectable } from '@nestjs/common';
import type { Order } from './order.js';

/**
 * The orders, in memory, to keep the sample short: a restart forgets them, while their jobs go on. A shop of yours has a
 * database here, with the same five methods.
 */
@Injectable()
export class OrderStore {
  private readonly orders = new Map<string, Order>();

  async add(order: Order): Promise<void> {
    this.orders.set(order.id, order);
  }

  async all(): Promise<readonly Order[]> {
    return [...this.orders.values()];
  }

  async find(id: string): Promise<Order | undefined> {
    return this.orders.get(id);
  }

  /**
   * Changes an order that is still placed, in one step: of two who try to pay and to cancel it, one gets the changed order
   * and the other `undefined`. In SQL: `UPDATE orders SET ... WHERE id = $1 AND status = 'placed' RETURNING *`.
   */
  async changePlaced(id: string, change: Partial<Order>): Promise<Order | undefined> {
    const order = this.orders.get(id);
    if (order?.status !== 'placed') return undefined;
    const changed = { ...order, ...change };
    this.orders.set(id, changed);
    return changed;
  }

  /** An order in any state. In SQL: `UPDATE orders SET email = $2 WHERE id = $1 RETURNING *`. */
  async changeEmail(id: string, email: string): Promise<Order | undefined> {
    const order = this.orders.get(id);
    if (order === undefined) return undefined;
    const changed = { ...order, email };
    this.orders.set(id, changed);
    return changed;
  }
}
