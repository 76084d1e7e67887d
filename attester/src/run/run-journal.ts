import {
  BOUNDARIES,
  type CaptureSources,
  encodeCanonicalJson,
  type Gauges,
  GRADES,
  type Grade,
  type Hex,
  ORIGINS,
  parseCanonicalText,
  type Registers,
  shape,
  toJson,
} from "@wattest/protocol"
import { readJournal } from "../store/journal.ts"

/** A capture before it is signed, with everything that its leaf hashes. */
export type UnsignedCapture = {
  readonly sequence: number
  readonly registers: Registers
  readonly gauges: Gauges
  readonly timeMs: number
  readonly sources: CaptureSources
  readonly salt: Hex
}

/** A capture's record in the journal: what the run tree and the statement need without reading the capture again. */
export type JournalledCapture = {
  readonly leaf: Hex
  readonly energyGrade: Grade
  readonly workGrade: Grade
  /** Canonical JSON of the {@link UnsignedCapture}. */
  readonly text: string
}

const { boolean, hex, object, oneOf, unsigned } = shape
const opening = object({
  run: unsigned(64),
  secret: hex(32),
  boundary: oneOf(BOUNDARIES),
  origin: oneOf(ORIGINS),
  broken: boolean,
})
/** First record of a run's journal. */
export type RunOpening = shape.TypeOf<typeof opening>

export const encodeOpening = (value: RunOpening): string => `O ${encodeCanonicalJson(toJson(value))}`

export const encodeCaptureRecord = ({ leaf, energyGrade, workGrade, text }: JournalledCapture): string =>
  `C ${leaf} ${GRADES.indexOf(energyGrade)} ${GRADES.indexOf(workGrade)} ${text}`

export const encodeSignatureRecord = (sequence: number, signature: Hex): string => `S ${sequence} ${signature}`

/** A record of a run's journal. */
export type RunRecordLine =
  | { readonly kind: "opening"; readonly opening: RunOpening }
  | { readonly kind: "capture"; readonly capture: JournalledCapture }
  | { readonly kind: "signature"; readonly sequence: number; readonly signature: Hex }

const CAPTURE = /^C (0x[0-9a-f]{64}) ([0-5]) ([0-5]) (.*)$/s
const SIGNATURE = /^S ([0-9]{1,10}) (0x[0-9a-f]{128})$/

function decodeRunRecord(record: string): RunRecordLine {
  const capture = CAPTURE.exec(record)
  if (capture) {
    const [, leaf, energy, work, text = ""] = capture
    const grade = (digit: string | undefined) => GRADES[Number(digit)] ?? "simulated"
    return {
      kind: "capture",
      capture: { leaf: leaf as Hex, energyGrade: grade(energy), workGrade: grade(work), text },
    }
  }
  const signature = SIGNATURE.exec(record)
  if (signature) return { kind: "signature", sequence: Number(signature[1]), signature: signature[2] as Hex }
  return { kind: "opening", opening: opening(parseCanonicalText(record.slice(2)), "opening") }
}

/** The records of a run's journal in order, by handfuls. Throws as {@link readJournal} does, or a Rejection. */
export async function* readRunJournal(path: string): AsyncGenerator<readonly RunRecordLine[]> {
  for await (const records of readJournal(path)) yield records.map(decodeRunRecord)
}

/**
 * A capture's line of evidence: its canonical JSON with the signature at its place in the order of names. Nothing
 * before `sources` holds free text, so the first occurrence of the name is the field.
 */
export function signedLine(text: string, signature: Hex): string {
  const at = text.indexOf(',"sources":')
  return `${text.slice(0, at)},"signature":"${signature}"${text.slice(at)}\n`
}
