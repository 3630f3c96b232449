// @ts-check
import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * @param {string} endpoint
 * @returns {Promise<import('node:net').Socket>} connected, and sending at once
 */
export async function openSocket(endpoint) {
  const at = endpoint.lastIndexOf(':');
  const socket = connect(Number(endpoint.slice(at + 1)), endpoint.slice(0, at));
  socket.setNoDelay(true);
  await once(socket, 'connect');
  socket.on('error', (error) => console.error('ceiling:', error.message));
  return socket;
}
