/**
 * Options of an HTTP server, in milliseconds: a request has arrived within ten seconds, head and body, since whoever sends
 * slower holds a connection for nothing. Of the two times Node grants a body the longer one, and looks every 30 seconds
 * unless it is told.
 */
export const REQUEST_TIMES = {
  requestTimeout: 10_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 1000,
} as const

/** Connections that a server for one machine's few readers holds at once: descriptors must be left for its real work. */
export const MAX_READERS = 256
