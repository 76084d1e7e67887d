import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const ROOT = join(import.meta.dirname, "../..")
const PROGRAM = join(ROOT, "build/arelle/bin/arelleCmdLine")
const TAXONOMY = join(ROOT, "../shared/data/vsme-taxonomy-2025-07-30")
const STAND_INS = ["elts.xsd", "entry-en.xsd"]

/** What the tests lack, or null. */
export const missingJudge = (): string | null => {
  if (!existsSync(PROGRAM)) return "no Arelle: .ci/run installs conformance/arelle/requirements.txt"
  return existsSync(TAXONOMY) ? null : "no VSME taxonomy in ../shared/data"
}

/** One judgement: codes of all messages that are no information, and the facts as loaded. */
export type Judgement = { readonly codes: readonly string[]; readonly log: string; readonly facts: readonly string[] }

type FactList = { readonly factList: readonly (readonly [kind: string, name: object, said: Said])[] }
type Said = { readonly contextRef: string; readonly unitRef?: string }

/** Facts with their dimensions by what the two syntaxes share: not by the names that a file gives to its contexts and units. */
const factsIn = (text: string): readonly string[] =>
  (JSON.parse(text) as FactList).factList.map(([, name, { contextRef: _, unitRef: __, ...said }]) =>
    JSON.stringify({ ...name, ...said }),
  )

/** Lets Arelle, offline, load and validate a report: calculations by Calc 1.1 rounding, units by the unit registry. */
export function judge(report: string, ending: "json" | "xhtml"): Judgement {
  const folder = mkdtempSync(join(tmpdir(), "wattest-arelle-"))
  try {
    for (const scheme of ["http", "https"]) {
      const cache = join(folder, "arelle/cache", scheme, "www.xbrl.org/taxonomy/int/country/current")
      mkdirSync(cache, { recursive: true })
      for (const name of STAND_INS) copyFileSync(join(TAXONOMY, "stand-in", name), join(cache, name))
    }
    const file = join(folder, `report.${ending}`)
    const facts = join(folder, "facts.json")
    writeFileSync(file, report)
    const { stdout, stderr } = spawnSync(
      PROGRAM,
      [
        ...["--internetConnectivity", "offline", "--packages", join(TAXONOMY, "vsme.zip"), "--file", file],
        ...["--validate", "--calc", "c11r", "--utr", "--facts", facts],
        ...["--factListCols", "Name,contextRef,EntityScheme,EntityIdentifier,Period,unitRef,Dec,Value,Dimensions"],
        ...["--plugins", ending === "json" ? "loadFromOIM" : "inlineXbrlDocumentSet"],
      ],
      { encoding: "utf8", env: { ...process.env, XDG_CONFIG_HOME: folder }, timeout: 120_000 },
    )
    const log = `${stdout}${stderr}`
    const codes = [...log.matchAll(/^ ?\[([^\]\s]+)\]/gm)]
      .map(([, code]) => code ?? "")
      .filter((code) => code !== "info")
    return { codes, log, facts: existsSync(facts) ? factsIn(readFileSync(facts, "utf8")) : [] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
