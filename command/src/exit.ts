/** Exit codes of every command, with what each says. */
export const EXIT_MEANING = {
  done: "valid or done",
  failed: "invalid, refused or failed",
  usage: "wrong usage, or no document of ours",
  undetermined: "undetermined: somebody who had to be asked did not answer",
  fault: "a fault of ours: nothing was judged or done",
  unaccepted: "genuine, but not accepted by the policy",
} as const

export type ExitName = keyof typeof EXIT_MEANING

export const EXIT = { done: 0, failed: 1, usage: 2, undetermined: 3, fault: 4, unaccepted: 5 } as const satisfies {
  readonly [name in ExitName]: number
}

/** Exits that a command can have unless its table says otherwise. */
export const COMMON_EXITS: readonly ExitName[] = ["done", "failed", "usage", "undetermined", "fault"]
