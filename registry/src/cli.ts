import {
  address,
  type Context,
  chainId,
  command,
  confirm,
  deviceId,
  digest,
  FROM,
  file,
  group,
  jsonLine,
  type KeyReference,
  key,
  optional,
  required,
  run as runProgram,
  time,
  toggle,
  UsageError,
  url,
} from "@wattest/command"
import { explain } from "./explain.ts"
import type { Spot, Target } from "./target.ts"
import { VERSION } from "./version.ts"
import type { Write } from "./write.ts"

const PLACE = {
  rpc: required(url, "a node of the chain", FROM.rpc),
  chain: optional(chainId, "the chain that the node must serve", FROM.chain),
  registry: optional(address, "the registry of anchors; the known one of the chain unless given", FROM.registry),
}

const WRITING = {
  ...PLACE,
  key: required(key, "the key that sends: a keystore file, or URL#ADDRESS of a remote signer", FROM.key),
  yes: toggle("do not ask before what is final"),
}

const operator = required(address, "the account that owns the ledger", FROM.operator)

/** The registry of anchors, or of claims, once its code is known to be what it must. */
async function connected(spot: Spot, context: Context, isClaims = false): Promise<Target> {
  const [{ connect }, { assertGenuine }, { CLAIMS, REGISTRY }] = await Promise.all([
    import("./target.ts"),
    import("./commands/check.ts"),
    import("./deploy/contracts.ts"),
  ])
  const target = await connect(spot, context)
  await assertGenuine(target, isClaims ? CLAIMS : REGISTRY)
  return target
}

type ReadTable = "vouchesIn" | "enrolmentsIn"
type Writing = Spot & { readonly key: KeyReference; readonly yes: boolean }

/** Carries out a table line by line, as far as the chain has not done it. The table is read before anybody is asked. */
async function writeAll(path: string, options: Writing, context: Context, read: ReadTable): Promise<undefined> {
  const { checkOrdersFor, ...tables } = await import("./bulk/orders.ts")
  const { say } = context.terminal
  const orders = tables[read](path, say)
  const target = await connected(options, context)
  checkOrdersFor(target, orders, path, say)
  const { assertAllDone, sendOrders } = await import("./bulk/send.ts")
  const answer = await sendOrders(target, orders, options, context)
  ;(await import("./print.ts")).print(context, answer)
  assertAllDone(answer, context)
}

/** Asks, sends, and says which transaction did it. */
async function write(
  options: Writing,
  context: Context,
  prepare: (target: Target) => Write | Promise<Write>,
): Promise<undefined> {
  const target = await connected(options, context)
  const prepared = await prepare(target)
  if (!options.yes) await confirm(context.terminal, prepared.consequence)
  const { send } = await import("./write.ts")
  const transaction = await send(target, prepared, options.key)
  ;(await import("./print.ts")).print(context, { transaction })
}

const FROM_TABLE =
  "With --from: all lines of a table (CSV, the first line names the columns). What it costs is said before anything is sent. After a stop the same command goes on: the chain says what is done."

/** Operands and a table exclude each other. Throws a UsageError. */
function refuseBoth(from: string | undefined, operands: readonly unknown[]): void {
  const given = operands.filter((one) => one !== undefined).length
  if (from !== undefined && given > 0)
    throw new UsageError("--from names a table, and operands name a device", "give one of them")
  if (from === undefined && given < operands.length)
    throw new UsageError(
      "no device is named, and no table",
      "name the device and what to do, or a table with --from FILE",
    )
}

const vouch = command({
  summary: "as a voucher: a device is genuine, and an operator may enrol it",
  about: FROM_TABLE,
  operands: {
    device: optional(deviceId, "the device's id"),
    operator: optional(address, "who may enrol it"),
    evidence: optional(digest, "SHA-256 of your document on the device"),
  },
  options: { ...WRITING, from: optional(file, "a table of many: device,operator,evidence") },
  examples: ["0x6a09…c908 0xf39f…2266 0x9c22…1f0a --key voucher.json", "--from devices.csv --key voucher.json"],
  next: "device enrol --evidence EVIDENCE --boundary BOUNDARY > enrolment.json",
  run: async ({ options, operands: { device, operator, evidence } }, context) => {
    const { from } = options
    refuseBoth(from, [device, operator, evidence])
    if (device === undefined || operator === undefined || evidence === undefined)
      return writeAll(from ?? "", options, context, "vouchesIn")
    const { vouch } = await import("./commands/vouch.ts")
    return write(options, context, () => vouch(device, operator, evidence))
  },
})

const revise = command({
  summary: "as a voucher: another document on a device is in force from now on",
  operands: {
    device: required(deviceId, "the device's id"),
    evidence: required(digest, "SHA-256 of the new document on the device"),
  },
  options: WRITING,
  examples: ["0x6a09…c908 0x9c22…1f0a --key voucher.json"],
  run: async ({ options, operands: { device, evidence } }, context) => {
    const { revise } = await import("./commands/revise.ts")
    return write(options, context, () => revise(device, evidence))
  },
})

const withdraw = command({
  summary: "as a voucher: the vouch does not hold from a time on",
  operands: { device: required(deviceId, "the device's id") },
  options: { ...WRITING, since: optional(time, "from when on; now unless given") },
  examples: ["0x6a09…c908 --since 2026-10-01 --yes"],
  run: async ({ options, operands: { device } }, context) => {
    const { withdraw } = await import("./commands/withdraw.ts")
    return write(options, context, (target) => withdraw(target, device, options.since))
  },
})

const enrol = command({
  summary: "as an operator: take a device into your ledger by what it signed",
  about: FROM_TABLE,
  operands: { file: optional(file, "what wattest device enrol printed, or - for standard input") },
  options: { ...WRITING, from: optional(file, "a table of many: enrolment, the path of what each device printed") },
  examples: ["enrolment.json", "- < enrolment.json", "--from devices.csv"],
  next: "device run --config FILE -- COMMAND",
  run: async ({ options, operands }, context) => {
    const { from } = options
    refuseBoth(from, [operands.file])
    const { file: path } = operands
    if (path === undefined) return writeAll(from ?? "", options, context, "enrolmentsIn")
    const { enrol } = await import("./commands/enrol.ts")
    return write(options, context, enrol(path))
  },
})

const retire = command({
  summary: "as anyone: end a device by what it signed, after the number of runs it names",
  operands: { file: required(file, "what wattest device retire printed, or - for standard input") },
  options: WRITING,
  examples: ["retirement.json"],
  run: async ({ options, operands }, context) => {
    const { retire } = await import("./commands/retire.ts")
    return write(options, context, retire(operands.file))
  },
})

const index = optional(
  url,
  "an index of the registry; what it says is held to the chain before it is shown",
  FROM.index,
)

const list = command({
  summary: "every operator; or one's ledgers; or one ledger with its devices",
  operands: {},
  options: {
    ...PLACE,
    index,
    operator: optional(address, "the account whose ledgers are listed; every operator unless given", FROM.operator),
    voucher: optional(address, "the account that gave its word: one ledger, with its devices", FROM.voucher),
    operators: toggle("list every operator, whichever the profile names"),
  },
  examples: ["", "--index https://index.example.org", "--operator 0xf39f…2266 --voucher 0x7099…79c8 --json"],
  run: async ({ options }, context) => {
    const { runList } = await import("./commands/run-list.ts")
    return runList(options, context, () => connected(options, context))
  },
})

const show = command({
  summary: "a device, its vouch and its roots",
  operands: { device: required(deviceId, "the device's id") },
  options: { ...PLACE, index },
  examples: ["0x6a09…c908"],
  run: async ({ options, operands: { device } }, context) => {
    const [{ show, showByIndex }, { openIndex }, { describeDevice, tell }] = await Promise.all([
      import("./commands/show.ts"),
      import("./books/index-books.ts"),
      import("./describe.ts"),
    ])
    const target = await connected(options, context)
    const { index: url } = options
    const found = url === undefined ? show(target, device) : showByIndex(target, await openIndex(url, target), device)
    tell(context, await found, describeDevice)
    return undefined
  },
})

const claims = command({
  summary: "what an operator proved about its runs, and what to look at before believing it",
  operands: {},
  options: {
    rpc: PLACE.rpc,
    chain: PLACE.chain,
    claims: required(address, "the registry of claims", FROM.claims),
    operator,
  },
  examples: ["--operator 0xf39f…2266 --claims 0x8a79…c318"],
  run: async ({ options }, context) => {
    const { claims, describeClaims } = await import("./commands/claims.ts")
    const { inOneForm } = await import("./print.ts")
    const target = await connected({ ...options, registry: options.claims }, context, true)
    const found = await claims(target, options.operator)
    context.terminal.print(context.json ? jsonLine(inOneForm(found)) : describeClaims(found))
    return undefined
  },
})

const record = optional(file, "the record of a deployment")

const deploy = command({
  summary:
    "put both registries on a chain, at the same addresses on every chain; goes on where an attempt was cut short",
  operands: {},
  options: {
    rpc: PLACE.rpc,
    chain: PLACE.chain,
    key: required(key, "the key that pays: a keystore file, or URL#ADDRESS of a remote signer", FROM.key),
    record: optional(file, "where the record goes, wattest-deployment.CHAIN.json unless given"),
    "anchors-alone": toggle("deploy no registry of claims"),
    yes: WRITING.yes,
  },
  examples: ["--rpc https://polygon.example.org --chain 137 --key deployer.json"],
  next: "registry check",
  run: async ({ options }, context) => (await import("./commands/run-deploy.ts")).runDeploy(options, context),
})

const check = command({
  summary:
    "compare the code of both registries with what this version was built from, as every other command does first",
  operands: {},
  options: { ...PLACE, claims: optional(address, "the registry of claims", FROM.claims), record },
  examples: ["", "--record wattest-deployment.31337.json"],
  run: async ({ options }, context) => (await import("./commands/run-deploy.ts")).runCheck(options, context),
})

/** The tool of operators, vouchers and regulators, as `wattest registry` and `wattest-registry` run it. */
export const NODE = group({
  summary: "vouch, enrol and retire devices; read the registry and its claims, with an index or without",
  commands: { vouch, revise, withdraw, enrol, retire, list, show, claims, deploy, check },
  explain,
})

/** The command `wattest-registry`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest-registry", version: VERSION, node: NODE }, argv)
