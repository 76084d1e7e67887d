import assert from "node:assert/strict"
import fc from "fast-check"
import { accuracy } from "../../../attester/src/sources/accuracy.ts"
import { parseAmdSmi } from "../../../attester/src/sources/gpu/amd-smi.ts"
import { readDcgm } from "../../../attester/src/sources/gpu/dcgm.ts"
import { parseNvidiaSmi } from "../../../attester/src/sources/gpu/nvidia-smi.ts"
import { parseCsv, splitCsvLine } from "../../../attester/src/sources/net/csv.ts"
import { parsePrometheus } from "../../../attester/src/sources/net/prometheus.ts"
import { parsePowerReading } from "../../../attester/src/sources/node/ipmi.ts"
import { readKepler } from "../../../attester/src/sources/node/kepler.ts"
import { readEnvironment, readPower, readSupply } from "../../../attester/src/sources/node/redfish-resources.ts"
import { readSensors } from "../../../attester/src/sources/node/redfish-sensors.ts"
import { SourceError } from "../../../attester/src/sources/source.ts"
import { OtlpTotals, parseOtlp } from "../../../attester/src/sources/work/otlp-metrics.ts"

const METER = { covers: "node", grade: "measured", accuracy: accuracy({ origin: "test" }) } as const
const DECIMAL = /^-?\d+(\.\d+)?$/

type Value = { readonly value: string; readonly timeMs: number }

/** Whatever comes in, out come plain decimals or a fault, nothing else. */
const holds = (parse: () => readonly Value[]): void => {
  try {
    for (const { value, timeMs } of parse()) {
      assert.match(value, DECIMAL)
      assert.ok(Number.isSafeInteger(timeMs))
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
  }
}

/** JSON with the names that the readers look for, in every wrong place. */
const NAMES = [
  "Reading",
  "PowerWatts",
  "EnergykWh",
  "PowerControl",
  "PowerConsumedWatts",
  "Id",
  "ReadingType",
  "PhysicalContext",
  "Accuracy",
  "InputPowerWatts",
  "gpu",
  "power",
  "socket_power",
  "value",
  "unit",
  "gpu_data",
  "resourceMetrics",
  "scopeMetrics",
  "metrics",
  "name",
  "sum",
  "histogram",
  "dataPoints",
  "asInt",
  "timeUnixNano",
  "aggregationTemporality",
  "attributes",
  "__proto__",
]
const leaf = fc.oneof(
  fc.constantFrom("Power", "EnergykWh", "W", "N/A", "wattest.work", "1e400", "5", 2, -0, null),
  fc.double(),
  fc.string(),
  fc.boolean(),
)
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 6 },
    leaf,
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie("json"), { maxKeys: 6 }),
  ),
}))
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        "timestamp",
        "uuid",
        "power.draw [W]",
        ",",
        "\n",
        "GPU-1",
        "2026/07/14 08:12:38.696",
        "5 W",
        '"',
        "[N/A]",
        "DCGM_FI_DEV_POWER_USAGE",
        "{",
        "}",
        "UUID=",
        '"x"',
        " ",
        "5",
        "kepler_node_dram_joules_total",
        "Instantaneous power reading:",
        "Watts",
        "Power reading state is:",
        "activated",
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join("")),
)

describe("readers of foreign answers", () => {
  it("give plain decimals or a fault for any text", () => {
    fc.assert(
      fc.property(text, (page) => {
        holds(() => parseNvidiaSmi("s", page))
        holds(() => parsePowerReading("s", page, METER))
        holds(() => parseAmdSmi("s", page))
        holds(() => readDcgm("s", parsePrometheus(page) ?? []))
        holds(() => readKepler("s", parsePrometheus(page) ?? []))
      }),
      { numRuns: 500 },
    )
  })

  it("give plain decimals or a fault for any JSON", () => {
    fc.assert(
      fc.property(json, (answer) => {
        holds(() => parseAmdSmi("s", JSON.stringify(answer) ?? ""))
        holds(() => [
          ...readEnvironment(answer, METER),
          ...readPower(answer, METER),
          ...readSupply("a", answer, METER),
          ...readSensors([answer], { meter: METER, isNamed: false }),
        ])
        holds(() => {
          const totals = new OtlpTotals()
          totals.add(parseOtlp(answer, undefined) ?? [])
          const total = totals.total("work")
          return total ? [total] : []
        })
      }),
      { numRuns: 500 },
    )
  })

  it("split CSV as it was joined", () => {
    const quote = (field: string) => `"${field.replaceAll('"', '""')}"`
    const field = fc.string({ maxLength: 20 }).filter((one) => !/[\r\n]/.test(one))
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        assert.deepEqual(splitCsvLine(fields.map(quote).join(" , ")), fields)
      }),
    )
    for (const line of ['"a', 'a"b', '"a"b', '"a""', 'a,"b",c"']) assert.equal(splitCsvLine(line), null, line)
    assert.deepEqual(splitCsvLine(" a , ,b,"), ["a", "", "b", ""])
  })

  it("take no more time for input that is made to be slow", () => {
    const blanks = " ".repeat(1_000_000)
    assert.equal(splitCsvLine(`${blanks}"${blanks}x`), null)
    assert.deepEqual(parseCsv(`a,b\n${'"'.repeat(1_000_001)}`)?.records, [])
    assert.equal(parsePrometheus(`m{${'a="1",'.repeat(100_000)}} 1\n`), null)
    assert.equal(parsePrometheus(`m${blanks}{${blanks}\n`), null)
    const labels = Array.from({ length: 100_000 }, (_, index) => `l${index}="1"`).join(",")
    assert.equal(parsePrometheus(`m{${labels}} 1\n`)?.[0]?.labels.size, 100_000)
    assert.throws(() => parsePowerReading("s", `${blanks}a${blanks}:${blanks}b${blanks}`, METER), SourceError)
  })
})
