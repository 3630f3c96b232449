export interface ConnectionSettings {
  /** Milliseconds a node has to answer; also the time to connect. */
  readonly commandDeadline: number;
  /** The largest body a node may announce, in bytes. */
  readonly maxBodyBytes: number;
  /** Its disk is taken to write whatever it is told to keep. @default false */
  readonly trustsDisk?: boolean;
}
