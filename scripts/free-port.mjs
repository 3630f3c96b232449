// @ts-check
export { freePort } from '../lib/cli/cluster/free-port.js';
