import type { Accuracy } from "./source.ts"

/** An accuracy with everything unknown 0 except what is given; `origin` must say where it comes from. */
export const accuracy = (known: Partial<Accuracy> & Pick<Accuracy, "origin">): Accuracy => ({
  gainLimit: 0,
  offsetLimit: 0,
  step: 0,
  windowMs: 0,
  updateMs: 0,
  gapMs: 0,
  ...known,
})
