/**
 * The road between a connection and its node. What one side says in one turn travels as one. `arrive` is called once, at once or
 * later, never before that of what was sent the same way earlier; or never, and then nothing sent that way later arrives either,
 * as on a TCP connection that lost its peer.
 */
export interface Link {
  carry(to: 'node' | 'client', arrive: () => void): void;
}

/** No distance at all. Both ends gather a turn and call later by themselves, so nothing is answered within its own call. */
export const directLink: Link = {
  carry: (_to, arrive) => arrive(),
};
