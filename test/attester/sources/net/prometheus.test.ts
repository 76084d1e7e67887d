import assert from "node:assert/strict"
import fc from "fast-check"
import { parsePrometheus } from "../../../../attester/src/sources/net/prometheus.ts"

describe("Prometheus text format", () => {
  it("reads names, labels, values and times as printed", () => {
    const samples = parsePrometheus(
      [
        "# HELP energy_joules_total Energy.",
        "# TYPE energy_joules_total counter",
        'energy_joules_total{zone="package",path="C:\\\\a\\"b\\nc",} 1.5e3 1784000000.123',
        "up 1",
        "",
        'spaced { a = "1" , b="{x} # {y}" }   0.25',
        'latency_bucket{le="+Inf"} 7 # {trace_id="a"} 0.5',
        "# EOF",
        "",
      ].join("\n"),
    )
    assert.ok(samples)
    assert.deepEqual(
      samples.map(({ name, labels, value, timeMs }) => [name, Object.fromEntries(labels), value, timeMs]),
      [
        ["energy_joules_total", { zone: "package", path: 'C:\\a"b\nc' }, "1500", 1_784_000_000_123],
        ["up", {}, "1", null],
        ["spaced", { a: "1", b: "{x} # {y}" }, "0.25", null],
        ["latency_bucket", { le: "+Inf" }, "7", null],
      ],
    )
  })

  it("gives null, not 0, for NaN and the infinities", () => {
    const samples = parsePrometheus("a NaN\nb +Inf\nc -Inf\n")
    assert.deepEqual(
      samples?.map(({ value }) => value),
      [null, null, null],
    )
  })

  const broken = {
    "a page cut off in a line": 'up 1\nenergy{zone="pack',
    "a page cut off after a line's value": "up 1\nenergy 123",
    "a sample without a value": "up\n",
    "a value that is no number": "up one\n",
    hexadecimal: "up 0x10\n",
    "an open label set": 'up{a="1" 1\n',
    "a label twice": 'up{a="1",a="2"} 1\n',
    "an unknown escape": 'up{a="\\t"} 1\n',
    "a name that starts with a digit": "1up 1\n",
    "two values": "up 1 2 3\n",
    "a page of another kind": "<html><body>404</body></html>\n",
  }
  for (const [what, text] of Object.entries(broken))
    it(`refuses ${what}`, () => assert.equal(parsePrometheus(text), null))

  it("reads back every label and value, and never throws on noise", () => {
    const quote = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
    fc.assert(
      fc.property(fc.string(), fc.bigInt({ min: 0n, max: 2n ** 64n }), (label, value) => {
        const [sample] = parsePrometheus(`m{l="${quote(label)}"} ${value}\n`) ?? []
        assert.deepEqual([sample?.labels.get("l"), sample?.value], [label, String(value)])
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const samples = parsePrometheus(text)
        assert.ok(samples === null || samples.every(({ name }) => name !== ""))
      }),
    )
  })
})
