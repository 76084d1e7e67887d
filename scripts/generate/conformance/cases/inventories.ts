import { type VouchDocument, vouchDigest } from "@wattest/protocol"
import { ed25519Device } from "@wattest/testkit/conformance/keys"
import { vouchDocumentOf } from "@wattest/testkit/conformance/readings"
import type { Story } from "@wattest/testkit/conformance/story"
import { type Case, type Expected, invalid, SHORT, undetermined, valid } from "./case.ts"

/** A job of two runs between which the voucher found the device anew: each run is held against its own document. */

const FIRST = vouchDocumentOf(ed25519Device("device").id)
const SECOND: VouchDocument = { ...FIRST, validFrom: FIRST.validFrom + 3600, previous: vouchDigest(FIRST) }

const demanded: NonNullable<Story["policy"]> = (policy) => ({ ...policy, books: { ...policy.books, inventory: true } })

/** The second run names this document, and these are shown. */
function foundAnew(second: VouchDocument, shown: readonly VouchDocument[], policy: Story["policy"] = demanded): Story {
  return {
    ...{ ...SHORT, runs: 2, revised: [vouchDigest(second)] },
    labels: ({ context, ...labels }, run) => ({
      ...labels,
      context: run === 0n ? context : { ...context, vouchDocument: vouchDigest(second) },
    }),
    certificate: (given) => ({ ...given, vouchDocuments: shown }),
    policy,
  }
}

const ANOTHER_METER: VouchDocument = {
  ...SECOND,
  sensors: SECOND.sensors.map((sensor) => (sensor.id === "psu" ? { ...sensor, ratingWatts: "4000" } : sensor)),
}
const RACK: VouchDocument = { ...SECOND, boundary: "rack" }

const of = (name: string, title: string, expect: Expected, story: Story): Case => ({ name, title, expect, story })
const open = undetermined("PROOF_ABSENT")

export const INVENTORY_CASES: readonly Case[] = [
  of("valid-inventory-of-two", "Each of two runs names a vouch document, and both are shown.", valid, {
    ...foundAnew(SECOND, [FIRST, SECOND]),
  }),
  of("inventory-of-two-first-hidden", "The policy asks for the inventory, and the first run's is hidden.", open, {
    ...foundAnew(SECOND, [SECOND]),
  }),
  of("inventory-of-two-second-hidden", "The policy asks for the inventory, and the second run's is hidden.", open, {
    ...foundAnew(SECOND, [FIRST]),
  }),
  {
    ...of("valid-inventory-of-two-second-hidden", "The second run's document is hidden, and nobody asks.", valid, {
      ...foundAnew(SECOND, [FIRST], (policy) => policy),
    }),
    findings: { present: ["INVENTORY_UNKNOWN"], absent: [] },
  },
  of(
    "inventory-of-two-second-other",
    "Both runs have the sensors of the first run's document; the second run's has another.",
    invalid("FED_MISMATCH"),
    foundAnew(ANOTHER_METER, [FIRST, ANOTHER_METER]),
  ),
  of(
    "inventory-of-two-second-boundary",
    "The voucher found a rack before the second run, which was metered as a node.",
    invalid("VOUCH_DOCUMENT_MISMATCH"),
    foundAnew(RACK, [FIRST, RACK]),
  ),
]
