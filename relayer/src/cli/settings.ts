import { PORTS } from "@wattest/command"

export type Setting = {
  readonly pattern: RegExp
  readonly expected: string
  readonly required?: true
  readonly standard?: string
}

const number = (expected: string, standard: string): Setting => ({
  pattern: /^(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?$/,
  expected,
  standard,
})
const file = (expected: string, standard?: string): Setting => ({
  pattern: /./,
  expected,
  ...(standard !== undefined && { standard }),
})
const address: Omit<Setting, "required"> = {
  pattern: /^0x[0-9a-fA-F]{40}$/,
  expected: "an address, 0x and 40 hexadecimal digits",
}
/** Every setting of the relayer, an environment variable each. */
export const SETTINGS = {
  WATTEST_RELAY_RPC_URLS: {
    pattern: /^https?:\/\/[^\s,]+(?:,https?:\/\/[^\s,]+)*$/,
    expected: "URLs of RPC endpoints, separated by commas",
    required: true,
  },
  WATTEST_RELAY_CHAIN_ID: { pattern: /^[1-9][0-9]{0,14}$/, expected: "the chain's id", required: true },
  WATTEST_RELAY_REGISTRY: { ...address, required: true },
  WATTEST_RELAY_STORE: file("the SQLite file", "wattest-relay.sqlite"),
  DATABASE_URL: {
    pattern: /^postgres(?:ql)?:\/\/\S+$/,
    expected: "a PostgreSQL URL; it takes the place of the SQLite file",
  },
  WATTEST_RELAY_STORE_MAY_LACK: {
    pattern: /^(?:fsync|full_page_writes|synchronous_commit)(?:,(?:fsync|full_page_writes|synchronous_commit))*$/,
    expected: "fsync, full_page_writes, synchronous_commit or several: off in a PostgreSQL that is safe without",
  },
  WATTEST_RELAY_KEY: file("the key of the account that pays: a keystore file, or URL#ADDRESS of a remote signer"),
  WATTEST_RELAY_KEY_PASSWORD_FILE: file("the file with the keystore's password"),
  WATTEST_RELAY_PROMISE_KEY: file(
    "the file of the key that signs promises; made if it is absent",
    "wattest-relay-promise.key",
  ),
  WATTEST_RELAY_HOST: { pattern: /^[\w.:-]+$/, expected: "the address to listen on", standard: "127.0.0.1" },
  WATTEST_RELAY_PORT: { pattern: /^[0-9]{1,5}$/, expected: "the port to listen on", standard: `${PORTS.relayer}` },
  WATTEST_RELAY_MAX_FEE_GWEI: number("the most to pay for a unit of gas, in gwei", "200"),
  WATTEST_RELAY_MIN_TIP_GWEI: number("the least tip, in gwei", "0.001"),
  WATTEST_RELAY_PROMISE_SECONDS: number("seconds within which a submission is promised to be anchored", "21600"),
  WATTEST_RELAY_BACKLOG: number("accepted submissions that may wait", "200000"),
  WATTEST_RELAY_DEVICE_RATE: number("submissions a second that a device may make on average", "2"),
  WATTEST_RELAY_DEVICE_BURST: number("submissions that a device may make at once", "64"),
  WATTEST_RELAY_POLL_MS: number("milliseconds between looks at the chain", "1000"),
  WATTEST_RELAY_RPC_TIMEOUT_MS: number("milliseconds after which an RPC request failed", "10000"),
  WATTEST_RELAY_STUCK_BLOCKS: number("blocks after which an unmined transaction is sent again", "3"),
  WATTEST_RELAY_LOG: {
    pattern: /^(?:fatal|error|warn|info|debug|silent)$/,
    expected: "fatal, error, warn, info, debug or silent",
    standard: "info",
  },
} as const satisfies { readonly [name: string]: Setting }

export type SettingName = keyof typeof SETTINGS

/** The settings as a table, for --help. */
export function describeSettings(): string {
  return Object.entries(SETTINGS as { readonly [name: string]: Setting })
    .map(([name, { expected, required, standard }]) => {
      const note = required ? " (required)" : standard === undefined ? "" : ` [${standard}]`
      return `  ${name.padEnd(38)}${expected}${note}`
    })
    .join("\n")
}
