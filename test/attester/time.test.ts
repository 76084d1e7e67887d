import assert from "node:assert/strict"
import { createDeviceClock } from "../../attester/src/time/clock.ts"
import { periodEnd } from "../../attester/src/time/period.ts"
import { clockQuality } from "../../attester/src/time/quality.ts"

const NOON = Date.UTC(2027, 0, 1, 12)

describe("how far a clock can be believed", () => {
  const chrony = (reference: string, leap: string) =>
    [reference, "time.example", "3", ...Array.from({ length: 10 }, () => "0.0"), leap].join(",")
  /** Programs by what they print; what is not there fails. */
  const quality = (answers: { readonly [program: string]: string }) =>
    clockQuality(async (program) => answers[program] ?? Promise.reject(new Error("not there")))

  for (const [what, answers, expected] of [
    ["chrony that follows a server", { chronyc: chrony("C0A80001", "Normal") }, "synchronised"],
    ["chrony that follows none", { chronyc: chrony("00000000", "Not synchronised") }, "unsynchronised"],
    ["chrony first", { chronyc: chrony("00000000", "Normal"), timedatectl: "yes" }, "unsynchronised"],
    ["the kernel by systemd", { timedatectl: "yes\n" }, "synchronised"],
    ["the kernel, not synchronised", { timedatectl: "no\n" }, "unsynchronised"],
    ["nobody who answers", { chronyc: "506 Cannot talk to daemon", timedatectl: "" }, "informative"],
    ["nobody", {}, "informative"],
  ] as const)
    it(`asks ${what}: ${expected}`, async () => assert.equal(await quality(answers), expected))
})

describe("a device's clock", () => {
  it("never falls within a run, whatever the wall clock does", () => {
    const clocks = { wall: NOON, running: 0 }
    const clock = createDeviceClock({
      wallMs: () => clocks.wall,
      runningMs: () => clocks.running,
      upMs: () => clocks.running,
    })
    clock.begin(NOON)
    let last = clock.now()
    for (const jump of [0, -3_600_000, 7_200_000, -NOON, 2 * NOON]) {
      clocks.wall += jump
      clocks.running += 1000
      assert.equal(clock.now(), last + 1000)
      last = clock.now()
    }
  })

  it("is put back by a thousandth of the run at the most, and by a second", () => {
    const clocks = { wall: NOON, running: 0 }
    const clock = createDeviceClock({
      wallMs: () => clocks.wall,
      runningMs: () => clocks.running,
      upMs: () => clocks.running,
    })
    clock.begin(NOON + 5000)
    clocks.running += 60_000
    clock.follow()
    assert.equal(clock.now(), NOON + 65_000 - 60)
    clocks.running += 86_400_000
    clock.follow()
    assert.equal(clock.now(), NOON + 65_000 - 60 + 86_400_000 - 1000)
    clocks.wall = clock.now() + 5000
    clock.follow()
    assert.equal(clock.now(), clocks.wall)
  })

  it("ends periods where they end", () => {
    const at = (time: string) => Date.parse(`2027-01-01T${time}Z`)
    assert.equal(periodEnd("quarter-hour", at("12:00:00.000")), at("12:15:00.000"))
    assert.equal(periodEnd("quarter-hour", at("12:14:59.999")), at("12:15:00.000"))
    assert.equal(periodEnd("hour", at("12:59:59.999")), at("13:00:00.000"))
    assert.equal(periodEnd("day", at("23:59:59.999")), Date.parse("2027-01-02T00:00:00Z"))
  })
})
