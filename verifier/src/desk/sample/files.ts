import { readAtMost } from "@wattest/command"
import { deviceIdOf, parseCertificate } from "@wattest/protocol"
import { verdictOf } from "../../check-log.ts"
import { runName } from "../files/kinds.ts"
import type { Sorted } from "../files/sort.ts"
import type { Sample } from "./draw.ts"

/** The runs that a certificate says it holds; none where it cannot be read, which judging it would say. */
function runsIn(path: string, maxBytes: number): readonly string[] {
  try {
    const { device, runs } = parseCertificate(readAtMost(path, maxBytes))
    const id = deviceIdOf(device)
    return runs.map(({ run }) => runName(id, run))
  } catch (error) {
    verdictOf(error)
    return []
  }
}

/** The files that concern a sample: certificates with a drawn run, and evidence of one. */
export function filesOfSample(files: readonly Sorted[], { drawn }: Sample, maxBytes: number): readonly Sorted[] {
  const names = new Set(drawn.map(({ device, run }) => runName(device, run)))
  return files.filter(({ kind, path, run }) => {
    if (kind === "evidence") return run !== null && names.has(run)
    return kind !== "certificate" || runsIn(path, maxBytes).some((name) => names.has(name))
  })
}
