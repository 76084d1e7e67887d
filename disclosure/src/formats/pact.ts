import { visibleIn, visibleJson } from "@wattest/protocol"
import type { Filing } from "../filing.ts"
import { footprintOf } from "../pact/footprint.ts"

/** ProductFootprint of PACT V3, as a host that serves nothing else would state it. */
export const pact = (filing: Filing): string => visibleJson(visibleIn(footprintOf(filing)))
