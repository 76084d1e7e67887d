import assert from "node:assert/strict"
import { powerChart, stackedBar, utilisationChart } from "../../verifier/src/report/chart/chart.ts"
import { intervalBar } from "../../verifier/src/report/chart/interval.ts"
import type { ReportCurve } from "../../verifier/src/report/model.ts"
import { outside } from "../drawn.ts"

type Drawn = readonly [watts: number | null, spread: number | null, utilisation: number | null]

/** A run of intervals of a second each. */
const curveOf = (...drawn: readonly Drawn[]) => {
  const intervals = drawn.map(([powerWatts, uncertaintyWatts, utilisation], i) => {
    return { startMs: 1000 * i, endMs: 1000 * (i + 1), powerWatts, uncertaintyWatts, utilisation }
  })
  return { run: "0", intervals } as unknown as ReportCurve
}
const pathsOf = (svg: string, kind: string) =>
  [...svg.matchAll(new RegExp(`class="${kind}" d="([^"]*)"`, "g"))].map(([, path]) => path)

describe("the drawings of a report", () => {
  const held = curveOf([300, 100, 0], [100, 200, 1], [null, null, 0.5], [400, null, null])

  it("have the line of a mean and its band on either side of it, with a hole where nothing is known", () => {
    const power = powerChart(held).text
    assert.deepEqual(pathsOf(power, "line"), ["M64.0 93.5H224.5L224.5 196.5H385.0", "M545.5 42.0H706.0"])
    assert.deepEqual(pathsOf(power, "band"), ["M64.0 42.0H224.5L224.5 93.5H385.0L385.0 248.0H224.5L224.5 145.0H64.0Z"])
    assert.deepEqual(pathsOf(utilisationChart(held)?.text ?? "", "line"), [
      "M64.0 128.0H224.5L224.5 42.0H385.0L385.0 85.0H545.5",
    ])
    assert.equal(utilisationChart(curveOf([1, 1, null])), null)
  })

  it("have an interval to scale from 0, with its upper end where it has one, and the value within", () => {
    const title = "energy"
    const drawn = (lo: number, hi: number | null, value: number | null) => {
      const { text } = intervalBar({ lo, hi, value, title })
      assert.deepEqual(outside(text), [])
      return [/<rect class="span" x="([\d.]+)" y="9" width="([\d.]+)"/, /<circle class="mean" cx="([\d.]+)"/]
        .flatMap((shape) => shape.exec(text)?.slice(1) ?? [])
        .map(Number)
    }
    assert.deepEqual(drawn(10, 20, 15), [174.4, 170.5, 259.7])
    assert.deepEqual(drawn(10, null, null), [249, 147])
    assert.deepEqual(drawn(0, 0, 0), [4, 1, 4])
  })

  it("lie within their pictures", () => {
    const tall = curveOf([25_000, 9_999, 1], [0, 30_000, 0])
    for (const curve of [held, tall, curveOf([0, 0, 0]), curveOf()])
      for (const drawing of [powerChart(curve), utilisationChart(curve)])
        assert.deepEqual(outside(drawing?.text ?? ""), [])
    const parts = [1, 0, 3].map((value, i) => ({ name: `${i}`, value }))
    const { text } = stackedBar(parts, "phases")
    assert.deepEqual(outside(text), [])
    assert.deepEqual(
      [...text.matchAll(/ x="([\d.]+)" y="0" width="([\d.]+)"/g)].map(([, ...bar]) => bar.map(Number)),
      [
        [0, 178],
        [180, 0],
        [180, 538],
      ],
    )
  })
})
