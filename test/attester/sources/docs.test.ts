import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { createSource, createSources, sourceKinds } from "../../../attester/src/sources/create.ts"

const DOCS = join(import.meta.dirname, "../../../docs/attester")
const pages = new Map(
  globSync("*/*.md", { cwd: DOCS }).map((path) => [basename(path, ".md"), readFileSync(join(DOCS, path), "utf8")]),
)
const index = readFileSync(join(DOCS, "sources.md"), "utf8")

const exampleOf = (page: string): unknown => JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "null")

/** Secrets that an example names: set for the test, as a user would set them. */
const withSecrets = (example: unknown, use: (example: unknown) => void) => {
  const names = [...JSON.stringify(example).matchAll(/"env":"(\w+)"/g)].map(([, name]) => name ?? "")
  for (const name of names) process.env[name] = "long enough"
  try {
    use(JSON.parse(JSON.stringify(example).replace(/\{"file":"[^"]*"\}/g, '{"env":"PATH"}')))
  } finally {
    for (const name of names) delete process.env[name]
  }
}

describe("documentation of the sources", () => {
  it("has one page per kind, and the index links to each", () => {
    assert.deepEqual([...pages.keys()].sort(), sourceKinds().sort())
    for (const kind of sourceKinds()) assert.match(index, new RegExp(`\\[\`${kind}\`\\]\\(\\w+/${kind}\\.md\\)`))
  })

  for (const kind of sourceKinds()) {
    it(`says rate, grade, accuracy and pitfalls of ${kind}, with an example that works`, () => {
      const page = pages.get(kind) ?? ""
      for (const part of [
        /\*\*Rate/,
        /[Gg]rade/,
        /\*\*Pitfalls/,
        /\| unit|\| `unit`|units|Quantities/,
        /Accuracy|accuracy|nvml\.md/,
      ])
        assert.match(page, part)
      withSecrets(exampleOf(page), (example) => {
        const source = createSource(example)
        assert.equal(source.id, kind)
      })
    })
  }

  it("names what each page of an exporter or an engine was taken from", () => {
    const folders = ["exporter/*.md", "work/*.md", "gpu/dcgm.md", "node/kepler.md"]
    const found = folders.flatMap((pattern) => globSync(pattern, { cwd: DOCS })).map((path) => basename(path, ".md"))
    assert.ok(found.length > 15)
    for (const kind of found.filter((name) => name !== "prometheus"))
      assert.match(pages.get(kind) ?? "", /^\*\*Source\.\*\* Names and units are those of \S+/m, kind)
  })

  it("has an example of a whole configuration that works", () =>
    withSecrets(exampleOf(index), (example) => assert.equal(createSources(example).length, 3)))

  it("tells each usual period as it is", () => {
    const spoken = {
      nvml: 100,
      "nvidia-smi": 1000,
      dcgm: 1000,
      hwmon: 100,
      "amd-smi": 5000,
      rapl: 1000,
      kepler: 5000,
      redfish: 5000,
      ipmi: 5000,
      pdu: 5000,
      modbus: 1000,
      csv: 60_000,
      json: 60_000,
      "electricity-maps": 900_000,
      neso: 900_000,
      watttime: 300_000,
      factor: 3_600_000,
      vllm: 1000,
      tgi: 1000,
      triton: 1000,
      otlp: 1000,
      nvidia: 1000,
      sglang: 1000,
      "tensorrt-llm": 1000,
      nim: 1000,
      "llama-cpp": 1000,
      prometheus: 5000,
      "amd-exporter": 5000,
      gaudi: 5000,
      "ipmi-exporter": 5000,
      "redfish-exporter": 5000,
      "kepler-platform": 5000,
      "snmp-apc": 5000,
      "snmp-sentry4": 5000,
    }
    assert.deepEqual(Object.keys(spoken).sort(), sourceKinds().sort())
    const texts: Record<number, string> = {
      100: "100 ms",
      1000: "1 s",
      5000: "5 s",
      60000: "1 min",
      300000: "5 min",
      900000: "15 min",
      3600000: "1 h",
    }
    for (const [kind, periodMs] of Object.entries(spoken)) {
      withSecrets(exampleOf(pages.get(kind) ?? ""), (example) => {
        const { periodMs: _, ...rest } = example as { periodMs?: number }
        assert.equal(createSource(rest).periodMs, periodMs, kind)
      })
      assert.match(pages.get(kind) ?? "", new RegExp(`\\*\\*Rate\\.?\\*\\*:? ${texts[periodMs]}`), kind)
    }
  })
})
