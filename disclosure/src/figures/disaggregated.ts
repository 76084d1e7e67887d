import { type Amount, lacking, nothing } from "./amount.ts"
import { refrigerants } from "./scope1.ts"
import type { World } from "./world.ts"

/**
 * Scope 1 or 2 of the consolidated accounting group. An entity that counts what it controls financially counts that group; of
 * any other nothing says which sites are the group's.
 */
export const ofGroup =
  (of: (world: World) => Amount) =>
  (world: World): Amount => {
    const { consolidation } = world.profile.entity
    if (consolidation === "financial-control") return of(world)
    return nothing(
      `what is the consolidated accounting group's alone: the profile counts by ${consolidation}, and tells it apart from nothing`,
    )
  }

/** Refrigerants of data centres are fugitive emissions; what else leaks is in the one sum that a profile declares. */
export function fugitive(world: World): Amount {
  const leaked = refrigerants(world)
  const rest = "what leaked beside refrigerants of data centres, told apart: the profile declares Scope 1 as one sum"
  return leaked.value === null ? nothing("refrigerants of data centres in the profile", rest) : lacking(leaked, rest)
}

/** Parts of a table that neither documents nor a profile tell apart: they are missing, and never 0. */
const apart = (what: string) => (): Amount => nothing(what)

export const outsideGroup = apart(
  "what is run without being consolidated, as investees and contracts: the profile tells it apart from nothing",
)
export const bySource = apart("Scope 1 by type of source: the profile declares it as one sum")
export const byIso = apart(
  "Scope 3 by ISO 14064-1: suppliers and declared numbers are by the GHG Protocol, whose table may stand for this one",
)
export const transport = apart("transport told apart from upstream and downstream: categories 4 and 9 stand there")
