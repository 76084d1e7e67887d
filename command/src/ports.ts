/** The one place of default ports. */
export const PORTS = { relayer: 8480, index: 8490, disclosure: 8495 } as const

/** Where a relayer listens unless something else is said. */
export const LOCAL_RELAYER = `http://127.0.0.1:${PORTS.relayer}`
