import { readFileSync, writeFileSync } from "node:fs"
import { encodeCertificate, encodeEvidenceLine, parseCertificate, parseEvidenceCapture } from "@wattest/protocol"

/** Writes a copy of the certificate whose last run claims a tenth less energy; everything else is as it was. */
export function tamperCertificate(from: string, to: string): void {
  const certificate = parseCertificate(readFileSync(from))
  const runs = certificate.runs.map((run) => {
    const { registers } = run.statement
    const energyMillijoules = (registers.energyMillijoules * 9n) / 10n
    return { ...run, statement: { ...run.statement, registers: { ...registers, energyMillijoules } } }
  })
  writeFileSync(to, encodeCertificate({ ...certificate, runs }))
}

/** Writes a copy of the evidence in which one register of one capture is one unit lower. */
export function tamperEvidence(from: string, to: string): void {
  const lines = readFileSync(from, "utf8").trimEnd().split("\n")
  const middle = Math.ceil(lines.length / 2)
  const capture = parseEvidenceCapture(lines[middle] ?? "")
  const energyMillijoules = capture.registers.energyMillijoules - 1n
  lines[middle] = encodeEvidenceLine({ ...capture, registers: { ...capture.registers, energyMillijoules } }).trimEnd()
  writeFileSync(to, `${lines.join("\n")}\n`)
}
