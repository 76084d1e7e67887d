import { placeOf, UsageError } from "@wattest/command"

/** What only its owner should have is refused before anybody reads what it hides. */
export const refusedPrivate = (path: string): UsageError =>
  new UsageError(
    `${placeOf(path)} is a private file of a prover or a device, and nobody's to judge`,
    "ask for a presentation or a certificate; whoever has this file knows what they hide",
  )
