import { CommandError } from "@wattest/command"
import { parseAgentConfig } from "../agent/config.ts"
import { planOf, settlePlan } from "../agent/opening.ts"
import { drawBoundary } from "../boundary/drawing/draw.ts"
import { PLACES, type Places } from "../detect/places.ts"
import { findBmcs, probe } from "../detect/probe.ts"
import { propose } from "../detect/propose.ts"
import { type Answering, hand } from "./home.ts"
import { knownFrom } from "./sources.ts"

/**
 * Looks at the machine and proposes a configuration, which is read and planned as `serve` would before it is shown: on
 * standard output the file, on standard error what was found and why it is this one.
 */
export async function detect(context: Answering, places: Places = PLACES): Promise<undefined> {
  const { say } = context.terminal
  const [found, bmcs] = await Promise.all([probe(places), findBmcs(places)])
  const proposal = propose(found, bmcs)
  if (proposal === null) {
    const bmc = bmcs.length === 0 ? "" : `; a BMC answers at ${bmcs.map(({ url }) => url).join(", ")}`
    throw new CommandError(
      `nothing here meters a board or the machine${bmc}`,
      "docs/attester/sources.md lists what can be read; a meter elsewhere (PDU, BMC) is named in the configuration by hand",
    )
  }
  for (const line of proposal.why) say(line)
  const { boundary, composition, sources, share } = parseAgentConfig(proposal.config)
  const known = knownFrom(found.map(({ config, report }) => ({ ...report, source: config.id })))
  const settled = settlePlan(known, { boundary, composition, sources, share, vouch: null })
  for (const line of drawBoundary(planOf(known, settled), known, settled)) say(line)
  hand(context, proposal.config, "next: save it, then wattest device sources check FILE")
}
