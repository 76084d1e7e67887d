/** Places for what takes long. */
export type Places = {
  /** Takes one for a payer; what it gives hands it back. Null: there is none. */
  take(payer: string): (() => void) | null
}

/** So many places at once, and half of them for one payer: nobody keeps all others out. */
export function createPlaces(most: number): Places {
  const held = new Map<string, number>()
  let taken = 0
  return {
    take(payer) {
      const own = held.get(payer) ?? 0
      if (taken >= most || own >= most / 2) return null
      taken++
      held.set(payer, own + 1)
      let isHeld = true
      return () => {
        if (!isHeld) return
        isHeld = false
        taken--
        const left = (held.get(payer) ?? 1) - 1
        if (left === 0) held.delete(payer)
        else held.set(payer, left)
      }
    },
  }
}
