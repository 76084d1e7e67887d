import { parseExact, sum, times, ZERO } from "../exact/exact.ts"
import { type Amount, nothing, type Piece, total } from "./amount.ts"
import { declared } from "./declared.ts"
import { unitOf } from "./units.ts"
import type { World } from "./world.ts"

/** Leaked refrigerants by their warming potential: kilograms of CO2e, in mg. */
export function refrigerants({ profile, subject }: World): Amount {
  const kilogram = unitOf("emissions", "kgCO2e") ?? ZERO
  const sites = profile.sites.filter(({ id }) => subject.kind !== "site" || id === subject.name)
  const pieces = sites.flatMap(({ id, dataCentre }): readonly Piece[] => {
    if (dataCentre === null || dataCentre.refrigerants.length === 0) return []
    const leaks = dataCentre.refrigerants.map(({ leakedKilograms, warmingPotential }) =>
      times(times(parseExact(leakedKilograms) ?? ZERO, parseExact(warmingPotential) ?? ZERO), kilogram),
    )
    return [
      {
        ...{ document: `profile: refrigerants of ${id}`, digest: null, kind: "profile", evidence: "declared" },
        ...{ verdict: null, block: null, quantity: sum(leaks), grade: "declared" },
      },
    ]
  })
  if (pieces.length === 0) return nothing()
  return { ...nothing(), value: sum(pieces.map(({ quantity }) => quantity)), pieces }
}

/** Scope 1: fuels burnt and what else the entity declares, and refrigerants that leaked. No device here meters any of it. */
export const scope1 = (world: World): Amount => total([declared(world, "scope1", "emissions"), refrigerants(world)])
