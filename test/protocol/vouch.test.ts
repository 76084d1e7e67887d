import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import {
  encodeDocument,
  encodeVouch,
  isAsVouched,
  type MeteredSensor,
  parseVouch,
  type RejectCode,
  Rejection,
  type VouchDocument,
  type VouchedSensor,
  vouchDigest,
  vouchDocument,
} from "@wattest/protocol"

const { vouch } = JSON.parse(readFileSync("test/vectors/protocol.json", "utf8"))
const DOCUMENT: VouchDocument = vouchDocument(vouch.document, "$")
const [PSU, GPU] = DOCUMENT.sensors as [VouchedSensor, VouchedSensor]

const refused = (code: RejectCode, change: object) =>
  assert.throws(
    () => parseVouch(encodeDocument({ ...vouch.document, ...change })),
    (error) => error instanceof Rejection && error.code === code,
  )

const PLAN: readonly MeteredSensor[] = [
  { sensor: "psu/input", role: "energy", method: "trapezoid", ratingWatts: "3200" },
  { sensor: "gpu0/energy", role: "accelerator", method: "counter", share: "0.5", wrapsAt: "18446744073709551616" },
]

describe("a vouch document", () => {
  it("is read in its one spelling and has its digest", () => {
    assert.deepEqual(parseVouch(encodeVouch(DOCUMENT)), DOCUMENT)
    assert.notEqual(vouchDigest({ ...DOCUMENT, site: "" }), vouchDigest(DOCUMENT))
    refused("DOCUMENT_TOO_LARGE", { site: "x".repeat(4 * 1024 * 1024) })
    refused("FIELD_UNKNOWN", { note: "" })
    refused("FIELD_MALFORMED", { boundary: "room" })
    refused("FIELD_MALFORMED", { origin: "told" })
  })

  it("names each sensor once, and only its own in the roles, once each", () => {
    refused("FIELD_MALFORMED", { sensors: [PSU, { ...GPU, id: PSU.id }] })
    refused("FIELD_MALFORMED", { metering: [{ sensor: "stranger", role: "energy" }] })
    const twice = { sensor: PSU.id, role: "energy" }
    refused("FIELD_MALFORMED", { metering: [twice, { ...twice, share: "0.5" }] })
    assert.ok(parseVouch(encodeDocument({ ...vouch.document, metering: [twice, { ...twice, role: "it" }] })))
  })

  it("has a fingerprint exactly where the channel is authenticated", () => {
    refused("FIELD_MALFORMED", { sensors: [{ ...PSU, channel: "open" }, GPU] })
    refused("FIELD_MALFORMED", { sensors: [PSU, { ...GPU, channel: "authenticated" }] })
  })
})

describe("a metering plan", () => {
  it("is as vouched with exactly these sensors, in any order, beside others that no voucher speaks of", () => {
    assert.ok(isAsVouched(PLAN, DOCUMENT))
    assert.ok(isAsVouched(PLAN.toReversed(), DOCUMENT))
    assert.ok(isAsVouched([...PLAN, { sensor: "work", role: "work", method: "counter" }], DOCUMENT))
    const [psu, gpu] = PLAN as [MeteredSensor, MeteredSensor]
    assert.ok(
      isAsVouched(
        [
          { ...psu, share: "1.0" },
          { ...gpu, share: "0.50" },
        ],
        DOCUMENT,
      ),
    )
  })

  it("is not with one sensor less or more, or with another role, share, width or rating", () => {
    const [psu, gpu] = PLAN as [MeteredSensor, MeteredSensor]
    const others: readonly (readonly MeteredSensor[])[] = [
      [psu],
      [...PLAN, { ...gpu, sensor: "gpu1/energy" }],
      [...PLAN, psu],
      [{ ...psu, role: "it" }, gpu],
      [{ ...psu, share: "0.5" }, gpu],
      [{ ...psu, ratingWatts: "1" }, gpu],
      [psu, { ...gpu, wrapsAt: "4294967296" }],
      [psu, { sensor: gpu.sensor, role: "accelerator", method: "counter", share: "0.5" }],
      [{ ...psu, sensor: "psu2/input" }, gpu],
    ]
    for (const plan of others) assert.equal(isAsVouched(plan, DOCUMENT), false, JSON.stringify(plan))
  })
})
