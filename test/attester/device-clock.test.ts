import assert from "node:assert/strict"
import { createDeviceClock, SYSTEM_CLOCKS } from "../../attester/src/time/clock.ts"

const NOON = 1_800_000_000_000

describe("a device's clock", () => {
  /** A host whose clocks a test moves; its running clock is not at zero when the agent begins. */
  function host() {
    const times = { wall: NOON, running: 50_000, up: 900_000 }
    const clock = createDeviceClock({
      wallMs: () => times.wall,
      runningMs: () => times.running,
      upMs: () => times.up,
    })
    /** Time goes by as the host's clocks show it. */
    const pass = ({ running = 0, wall = running, up = running }: { wall?: number; running?: number; up?: number }) => {
      times.wall += wall
      times.running += running
      times.up += up
    }
    return { clock, pass }
  }

  it("begins at the wall's time and goes on as the running clock does, whatever happens to the wall's", () => {
    const { clock, pass } = host()
    assert.equal(clock.now(), NOON)
    pass({ running: 1500, wall: -70_000 })
    assert.equal(clock.now(), NOON + 1500)
    pass({ running: 0.4, wall: 1e9 })
    assert.equal(clock.now(), NOON + 1500)
    pass({ running: 0.1 })
    assert.equal(clock.now(), NOON + 1501)
  })

  it("says how far it is from the wall's: what shifts readings, and how far it is ahead", () => {
    const { clock, pass } = host()
    pass({ running: 1000, wall: 700 })
    assert.deepEqual([clock.shiftMs(), clock.aheadMs()], [300, 300])
    pass({ wall: 500 })
    assert.deepEqual([clock.shiftMs(), clock.aheadMs()], [-200, 0])
  })

  it("is apart where the wall's was set by more than two seconds, either way", () => {
    for (const [wall, isApart, isBehind] of [
      [2000, false, false],
      [2001, true, true],
      [-2000, false, false],
      [-2001, true, false],
    ] as const) {
      const { clock, pass } = host()
      pass({ wall, running: 0, up: 0 })
      assert.deepEqual([clock.isApart(), clock.isBehind()], [isApart, isBehind], String(wall))
    }
  })

  it("is behind where the host slept for more than two seconds, though its wall clock was set back meanwhile", () => {
    for (const [slept, isBehind] of [
      [2000, false],
      [2001, true],
    ] as const) {
      const { clock, pass } = host()
      pass({ running: 7000 })
      pass({ up: slept, wall: 0 })
      assert.deepEqual([clock.isApart(), clock.isBehind()], [false, isBehind])
      clock.begin(NOON + 7000)
      assert.deepEqual(
        [clock.now(), clock.isBehind()],
        [NOON + 7000, false],
        "a run that begins has slept through nothing",
      )
    }
  })

  it("follows the wall's forward at once", () => {
    const { clock, pass } = host()
    pass({ running: 1000, wall: 90_000 })
    clock.follow()
    assert.equal(clock.now(), NOON + 90_000)
  })

  it("follows it back by a thousandth of the time that went by, and a second at the most", () => {
    for (const [running, back] of [
      [500_000, 500],
      [1_000_000, 1000],
      [1_001_000, 1000],
    ] as const) {
      const { clock, pass } = host()
      pass({ running, wall: 0 })
      clock.follow()
      assert.equal(clock.now(), NOON + running - back, String(running))
      // No further back than the wall's own time.
      clock.begin(NOON + running)
      pass({ running, wall: 2 * running - back / 2 })
      clock.follow()
      assert.equal(clock.now(), NOON + 2 * running - back / 2, String(running))
    }
  })

  it("goes on by what the host slept at the least, where that is more than the clocks' own difference", () => {
    for (const [slept, now] of [
      [2000, NOON + 999],
      [2001, NOON + 1000 - 1 + 2001],
    ] as const) {
      const { clock, pass } = host()
      pass({ running: 1000, wall: -60_000 })
      pass({ up: slept, wall: 0 })
      clock.follow()
      assert.equal(clock.now(), now, String(slept))
      assert.equal(clock.isBehind(), false)
    }
  })

  it("compares the two where it could look at both within half a millisecond, or as closely as four looks came", () => {
    const beginning = (apart: readonly number[]) => {
      let [look, running, asked] = [0, 0, 0]
      const clock = createDeviceClock({
        // The wall's clock is read between two looks at the other one, so far apart.
        wallMs: () => {
          asked++
          running += apart[look++] ?? 0
          return NOON + running
        },
        runningMs: () => running,
        upMs: () => 0,
      })
      return { ahead: clock.now() - NOON - running, asked }
    }
    assert.deepEqual(beginning([0.5, 9]), { ahead: 0.5, asked: 1 })
    assert.deepEqual(beginning([8, 0.5, 9]), { ahead: 0.5, asked: 2 })
    assert.deepEqual(beginning([80, 40, 20, 60, 0]), { ahead: 10, asked: 4 })
    assert.deepEqual(beginning([20, 40, 80, 60, 0]), { ahead: 10, asked: 4 })
  })
  it("takes the machine's own, of which none has run for longer than the machine", () => {
    assert.ok(SYSTEM_CLOCKS.upMs() >= SYSTEM_CLOCKS.runningMs())
    assert.ok(SYSTEM_CLOCKS.wallMs() > NOON - 1e11)
  })
})
