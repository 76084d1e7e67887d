import { isPart } from "../../boundary/identity.ts"
import type { Options } from "../options.ts"
import { type SensorValue, SourceError } from "../source.ts"

/** Which boards of the host are this device's: by UUID, PCI address or number. */
export type BoardChoice = {
  readonly names: readonly (string | number)[]
  /** Numbers are CUDA's, which counts the fastest board first unless it is told to count by slot. */
  readonly byCuda: boolean
}

const CUDA = "CUDA_VISIBLE_DEVICES"

/** `boards`: a list of UUIDs, PCI addresses and numbers, or `{ "env": "CUDA_VISIBLE_DEVICES" }`. Throws ConfigError. */
export function boardsFromOptions(options: Options): BoardChoice | null {
  if (!options.has("boards")) return null
  const value = options.take("boards")
  if (Array.isArray(value)) return { names: namesOf(value, options), byCuda: false }
  const isEnv = typeof value === "object" && value !== null && "env" in value && value.env === CUDA
  if (!isEnv) options.fail("boards", `must be a list of UUIDs, PCI addresses and numbers, or { "env": "${CUDA}" }`)
  return { names: visibleDevices(process.env[CUDA], options), byCuda: process.env.CUDA_DEVICE_ORDER !== "PCI_BUS_ID" }
}

function namesOf(value: readonly unknown[], options: Options): readonly (string | number)[] {
  const isName = (name: unknown): name is string | number =>
    (typeof name === "string" && name !== "") || (Number.isInteger(name) && Number(name) >= 0)
  if (value.length === 0 || !value.every(isName)) options.fail("boards", "must hold UUIDs, PCI addresses or numbers")
  return [...new Set(value)]
}

/** `MIG-UUID` is an instance's own name; drivers before R470 wrote `MIG-GPU-UUID/instance/part`, which names the board. */
function refuseInstance(name: string): string {
  const [, board = "the board, as nvidia-smi -L shows it"] = /^MIG-(GPU-[0-9a-f-]+)\//i.exec(name) ?? []
  return `${name} is an instance, and power is the whole board's: name ${board}, and state a "share" of it`
}

/** As the CUDA programming guide has it: a list of numbers and UUIDs, which may be cut; the first that is none ends it. */
function visibleDevices(text: string | undefined, options: Options): readonly (string | number)[] {
  if (text === undefined) return options.fail("boards", `${CUDA} is not set for this process`)
  const names: (string | number)[] = []
  for (const item of text.split(",").map((entry) => entry.trim())) {
    if (item.startsWith("MIG-")) options.fail("boards", refuseInstance(item))
    if (/^\d{1,4}$/.test(item)) names.push(Number(item))
    else if (/^GPU-[0-9a-f-]+$/i.test(item)) names.push(item)
    else break
  }
  return names.length === 0 ? options.fail("boards", `${CUDA} names no board`) : [...new Set(names)]
}

/** A name of CUDA's may be the beginning of a UUID. */
const isNamed = (value: SensorValue, name: string | number): boolean =>
  typeof name === "number"
    ? value.index === name
    : isPart(value, name) || (value.part ?? "").toLowerCase().startsWith(name.toLowerCase())

/** The values of the chosen boards, and in words which of them are not there. Throws SourceError where none can be told. */
export function chooseBoards(
  id: string,
  { names, byCuda }: BoardChoice,
  values: readonly SensorValue[],
): { readonly values: readonly SensorValue[]; readonly problems: readonly string[] } {
  const isNumbered = names.some((name) => typeof name === "number")
  const kinds = new Set(values.map(({ sku }) => sku))
  if (byCuda && isNumbered && kinds.size > 1)
    throw new SourceError(
      id,
      "unsupported",
      `boards differ, and ${CUDA} counts the fastest first: set CUDA_DEVICE_ORDER=PCI_BUS_ID, or name boards by UUID`,
    )
  if (isNumbered && values.length > 0 && values.every(({ index }) => index === undefined))
    throw new SourceError(id, "unsupported", "boards have no numbers here: name them by UUID or PCI address")
  const twice = names.find(
    (name) => new Set(values.filter((value) => isNamed(value, name)).map(({ part }) => part)).size > 1,
  )
  if (twice !== undefined)
    throw new SourceError(id, "unsupported", `${twice} is the beginning of several boards' names: write more of it`)
  const lost = names.filter((name) => !values.some((value) => isNamed(value, name)))
  return {
    values: values.filter((value) => names.some((name) => isNamed(value, name))),
    problems: lost.map((name) => `board ${name} is not there`),
  }
}
