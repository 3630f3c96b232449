/** The tubes: one for each thing that is done later, since a tube has one handler. */
export const ORDER_CONFIRMATIONS = 'order-confirmations';
export const ORDER_REMINDERS = 'order-reminders';
export const ORDER_CANCELLATIONS = 'order-cancellations';

/**
 * What a job carries: which order it is about, and nothing that may change until it runs. The handler looks up the rest.
 */
export interface OrderJob {
  readonly orderId: string;
}
