import { CLOCKS, fromHex, type OpenedCapture, PHASES, REGISTERS, type Registers } from "@wattest/protocol"

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

const MOMENTARY_OFFSET = 3 * WORD
const [LOW_HALF, HIGH_HALF] = [15n, 60n]

/** Writes two registers of 60 bits as the 15 bytes that end before `end`; the byte before them becomes 0. */
function putPair(view: DataView, end: number, low: bigint, high: bigint): void {
  view.setBigUint64(end - 16, high >> 4n)
  view.setBigUint64(end - 8, low | ((high & LOW_HALF) << HIGH_HALF))
}

/** Writes words 0 to 2: four registers each, the first of them lowest. */
function putRegisters(view: DataView, at: number, registers: Registers): void {
  for (let i = 0; i < REGISTERS.length; i += 2) {
    const [low, high] = [REGISTERS[i] as keyof Registers, REGISTERS[i + 1] as keyof Registers]
    // The upper pair of a word comes second: it ends where the lower one has left its 0.
    const end = at + WORD * Math.floor(i / 4 + 1) - (i % 4 === 0 ? 0 : 15)
    putPair(view, end, registers[low], registers[high])
  }
}

/** Writes word 3: sequence, time and gauges, low bits first, so from the word's end. */
function putMomentary(view: DataView, at: number, { sequence, timeMs, gauges }: OpenedCapture): void {
  const power = gauges.meanPowerMilliwatts ?? UNMEASURED_POWER
  view.setUint32(at + 28, sequence)
  view.setUint32(at + 24, timeMs % 2 ** 32)
  view.setUint16(at + 22, Math.floor(timeMs / 2 ** 32))
  view.setUint32(at + 18, power % 2 ** 32)
  view.setUint8(at + 17, Math.floor(power / 2 ** 32))
  view.setUint16(at + 15, gauges.smOccupancy ?? UNMEASURED_SHORT)
  view.setUint16(at + 13, gauges.dramActivity ?? UNMEASURED_SHORT)
  view.setUint16(at + 11, gauges.computeActivity ?? UNMEASURED_SHORT)
  view.setUint16(at + 9, gauges.acceleratorCentikelvin ?? UNMEASURED_SHORT)
  view.setUint16(at + 7, gauges.inletCentikelvin ?? UNMEASURED_SHORT)
  view.setUint8(at + 6, PHASES.indexOf(gauges.phase))
  view.setUint8(at + 5, CLOCKS.indexOf(gauges.clock))
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
      putRegisters(view, at, capture.registers)
      putMomentary(view, at + MOMENTARY_OFFSET, capture)
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
