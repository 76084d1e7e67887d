/** What a relayer answered. */
export type Answer = { readonly status: number; readonly body: { readonly [name: string]: unknown } }

/** Fields that hold a time, by how many of their units a second has. */
const TIMES: ReadonlyMap<string, number> = new Map([
  ["acceptedAt", 1],
  ["deadline", 1],
  ["oldestMs", 1000],
  ["lastStepMs", 1000],
])
const WIDTH = 18

/** An answer's fields for people, a line each: times as UTC, nested ones with a dot. */
export function describeAnswer(body: Answer["body"], prefix = ""): string {
  return Object.entries(body)
    .map(([name, value]) => {
      if (typeof value === "object" && value !== null) return describeAnswer(value as Answer["body"], `${name}.`)
      return `${`${prefix}${name.replace(/Ms$/, "")}`.padEnd(WIDTH)}${describeValue(name, value)}\n`
    })
    .join("")
}

function describeValue(name: string, value: unknown): string {
  const perSecond = TIMES.get(name)
  if (value === null) return "none"
  if (perSecond === undefined || typeof value !== "number") return String(value)
  return `${new Date((value / perSecond) * 1000).toISOString().slice(0, 19)}Z`
}
