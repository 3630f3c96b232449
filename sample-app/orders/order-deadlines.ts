/** How long an order may stay unpaid, in milliseconds. */
export class OrderDeadlines {
  constructor(
    readonly remindAfter: number,
    readonly cancelAfter: number,
  ) {}
}
