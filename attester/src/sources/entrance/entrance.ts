import { toSourceError } from "../guard.ts"
import { type Coverage, type Plate, type SensorValue, type Source, SourceError } from "../source.ts"
import { type BoardChoice, chooseBoards } from "./boards.ts"
import { Memory } from "./memory.ts"
import { implausible } from "./plausible.ts"

/** What the configuration says of a source's sensors whatever its kind. */
export type Stated = {
  readonly covers: Coverage | undefined
  readonly ratingWatts: string | undefined
  readonly boards: BoardChoice | null
  readonly plate: Plate
}

/** What one read gave, and what is wrong with it. */
type Answer = { readonly values: readonly SensorValue[]; readonly error: SourceError | null }

async function answerOf(source: Source, signal: AbortSignal): Promise<Answer> {
  try {
    return { values: await source.read(signal), error: null }
  } catch (error) {
    const failure = toSourceError(source.id, error)
    return { values: failure.values, error: failure }
  }
}

const carriesEnergy = ({ quantity }: SensorValue): boolean => quantity === "power" || quantity === "energy"

const placeOf = ({ covers, part }: SensorValue): string => (part === undefined ? `the ${covers}` : part)

/** Parts that were metered and are not now, or of which other boards' like is metered. */
function silentPlaces(values: readonly SensorValue[], memory: Memory): readonly string[] {
  const metered = new Set(values.filter(carriesEnergy).map(placeOf))
  const gone = memory.missing(metered)
  const boards = new Set(values.filter(({ covers, part }) => covers === "accelerator" && part).map(placeOf))
  // Instances of a divided board are within it.
  const isMetered = (place: string) => [...metered].some((own) => own === place || place.startsWith(`${own}/`))
  const dark = metered.size === 0 ? [] : [...boards].filter((place) => !isMetered(place))
  return [...new Set([...gone, ...dark])].map((place) => `${place} gives neither power nor energy`)
}

/**
 * The one way in for every source. A value that the world could not give is no value but a fault; so is a part that is
 * silent beside others that answer. What is well passes all the same, in the fault.
 */
export function entrance(source: Source, { covers, ratingWatts, boards, plate }: Stated): Source {
  const memory = new Memory()
  const own = source.covers ?? covers
  return {
    id: source.id,
    periodMs: source.periodMs,
    ...(own === undefined ? {} : { covers: own }),
    ...(ratingWatts === undefined ? {} : { ratingWatts }),
    plate,
    close: () => source.close(),
    read: async (signal) => {
      const { values: given, error } = await answerOf(source, signal)
      const stated = given.map((value) =>
        ratingWatts === undefined || !carriesEnergy(value) ? value : { ...value, ratingWatts },
      )
      const chosen = boards === null ? { values: stated, problems: [] } : chooseBoards(source.id, boards, stated)
      const wrong = new Map(chosen.values.map((value) => [value, implausible(value)]))
      const values = chosen.values.filter((value) => wrong.get(value) === null)
      // Where nothing answers, the source's own words say why.
      const silent = values.length === 0 ? [] : silentPlaces(values, memory)
      memory.keep(values.filter(carriesEnergy).map(placeOf))
      const doubts = [...wrong.values()].filter((doubt) => doubt !== null)
      const problems = [...(error === null ? [] : [error.detail]), ...chosen.problems, ...doubts, ...silent]
      if (problems.length === 0) return values
      const fault = error?.fault ?? (doubts.length > 0 ? "malformed" : "missing")
      throw new SourceError(source.id, fault, problems.join("; "), values)
    },
  }
}
