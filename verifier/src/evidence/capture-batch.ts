import { CLOCKS, fromHex, type Gauges, type OpenedCapture, PHASES, REGISTERS, type Registers } from "@wattest/protocol"

/** Captures whose leaves and signatures are checked at once: a power of two, so that they fill a subtree of the run tree. */
export const BATCH_CAPTURES = 512

const WORD = 32
const LEAF_WORDS = 6
const SIGNATURE = 64

/** The inputs of some consecutive captures' leaves, six words of 32 bytes each, and their signatures of 64 bytes. */
export interface CaptureBatch {
  /** Sequence of the first capture. */
  readonly first: number
  readonly words: Uint8Array<ArrayBuffer>
  readonly signatures: Uint8Array<ArrayBuffer>
}

const UNMEASURED_POWER = 2 ** 40 - 1
const UNMEASURED_SHORT = 2 ** 16 - 1

/** Where each register lies within its capture's words: three to a word, the first of them lowest. */
const REGISTER_OFFSETS = [24, 16, 8, 56, 48, 40, 88, 80]
const TIME_OFFSET = 72
const GAUGES_OFFSET = 96

/** Writes words 0 to 2: the registers and the time. */
function putRegisters(view: DataView, at: number, registers: Registers, timeMs: number): void {
  REGISTERS.forEach((name, i) => {
    view.setBigUint64(at + (REGISTER_OFFSETS[i] ?? 0), registers[name])
  })
  view.setBigUint64(at + TIME_OFFSET, BigInt(timeMs))
}

/** Writes word 3: sequence and gauges, low bits first, so from the word's end. */
function putGauges(view: DataView, at: number, sequence: number, gauges: Gauges): void {
  const power = gauges.meanPowerMilliwatts ?? UNMEASURED_POWER
  view.setUint32(at + 28, sequence)
  view.setUint32(at + 24, power % 2 ** 32)
  view.setUint8(at + 23, Math.floor(power / 2 ** 32))
  view.setUint16(at + 21, gauges.smOccupancy ?? UNMEASURED_SHORT)
  view.setUint16(at + 19, gauges.dramActivity ?? UNMEASURED_SHORT)
  view.setUint16(at + 17, gauges.computeActivity ?? UNMEASURED_SHORT)
  view.setUint16(at + 15, gauges.acceleratorCentikelvin ?? UNMEASURED_SHORT)
  view.setUint16(at + 13, gauges.inletCentikelvin ?? UNMEASURED_SHORT)
  view.setUint8(at + 12, PHASES.indexOf(gauges.phase))
  view.setUint8(at + 11, CLOCKS.indexOf(gauges.clock))
}

/** The canonical spelling of a capture's sources, cut from its line; the line has been parsed into this capture. */
export function sourcesTextOf(line: string, { timeMs }: OpenedCapture): string {
  // Names are in order: no member before `sources` can hold this mark, and only the time comes after it.
  const mark = ',"sources":'
  return line.slice(line.indexOf(mark) + mark.length, line.length - `,"timeMs":${timeMs}}`.length)
}

/** Collects captures that their shape has read, as the words that their leaves hash. */
export interface BatchBuilder {
  /** `sourcesDigest` is the SHA-256 of the sources' canonical spelling. */
  add(capture: OpenedCapture, sourcesDigest: Uint8Array): void
  size(): number
  /** Hands over what was collected and starts anew. */
  take(): CaptureBatch
}

export function createBatchBuilder(): BatchBuilder {
  let words = new Uint8Array(0)
  let signatures = new Uint8Array(0)
  let view = new DataView(words.buffer)
  let first = 0
  let size = 0
  const start = () => {
    words = new Uint8Array(BATCH_CAPTURES * LEAF_WORDS * WORD)
    signatures = new Uint8Array(BATCH_CAPTURES * SIGNATURE)
    view = new DataView(words.buffer)
  }
  return {
    add(capture, sourcesDigest) {
      if (size === 0) {
        start()
        first = capture.sequence
      }
      const at = size * LEAF_WORDS * WORD
      putRegisters(view, at, capture.registers, capture.timeMs)
      putGauges(view, at + GAUGES_OFFSET, capture.sequence, capture.gauges)
      // 31 bytes of the digest, so that it is below the field's order: B31.
      words.set(sourcesDigest.subarray(0, WORD - 1), at + 4 * WORD + 1)
      words.set(fromHex(capture.salt), at + 5 * WORD)
      signatures.set(fromHex(capture.signature), size * SIGNATURE)
      size++
    },
    size: () => size,
    take() {
      const batch = {
        first,
        words: words.subarray(0, size * LEAF_WORDS * WORD),
        signatures: signatures.subarray(0, size * SIGNATURE),
      }
      size = 0
      return batch
    },
  }
}
