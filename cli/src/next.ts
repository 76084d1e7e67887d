/** What a person types next, where more than one command can lead there. */
export const NEXT = {
  enrol: "enrol --config FILE",
  run: "device run --config FILE -- COMMAND",
} as const
