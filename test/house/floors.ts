/** The members of the house by floor: each imports lower floors only, and of its own floor nothing. */
export const FLOORS: readonly (readonly string[])[] = [
  ["protocol", "command", "archive"],
  ["chain", "store", "client", "attester", "verifier"],
  ["relayer", "registry", "prover", "index", "explorer", "budget", "disclosure"],
  ["cli"],
]

export const floorOf = (member: string) => FLOORS.findIndex((floor) => floor.includes(member))

/** The first folder of a path: a member, testkit, scripts, test. */
export const roomOf = (path: string) => path.split("/")[0] as string
