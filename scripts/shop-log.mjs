// @ts-check
import { customersAddress } from './demo.mjs';

// `[shop] 4711  - 11/23/2026, 7:12:04 AM     LOG [Orders] order 5f1c placed`, as Nest writes it without colours.
const nestLine = /^\[\w+\] \d+\s+- \S+, (?<time>[\d:]+\s?(?:[AP]M)?)\s+LOG \[(?<context>\w+)\] (?<message>.*)$/;

/** How Nest puts an application together: of use to its author, not to somebody who watches the shop. */
const assembly = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Orders that are not shown. @type {Set<string>} */
const hidden = new Set();

/**
 * A line of the shop as `npm start` shows it: time and message. Warnings, errors and whatever is not Nest's stay as they are.
 *
 * @param {string} line
 * @returns {string | undefined} undefined when it is not shown
 */
export function readable(line) {
  const { time, context, message = '' } = nestLine.exec(line)?.groups ?? {};
  if (time === undefined || context === undefined) return line;
  const order = /^order (\w+)/.exec(message)?.[1] ?? '';
  if (customersAddress.test(message)) hidden.add(order);
  return assembly.has(context) || hidden.has(order) ? undefined : `${time}  ${message}`;
}
