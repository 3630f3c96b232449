declare module 'fivebeans/lib/client.js' {
  /** fivebeans has no types. Those of what is used stand in fivebeans-client.ts. */
  const client: unknown;
  export default client;
}
