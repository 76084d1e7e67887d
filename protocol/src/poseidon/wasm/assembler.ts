/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
    bytes.push(done ? low : low | 0x80)
    if (done) return bytes
  }
}

const I32 = 0x7f
const V128 = 0x7b
const EMPTY_BLOCK = 0x40
const SIMD = 0xfd

/** The SIMD instructions without operands of their own (WebAssembly core specification 2.0, section 5.4.8). */
const VECTOR = {
  and: 0x4e,
  or: 0x50,
  bitselect: 0x52,
  anyTrue: 0x53,
  splat: 0x11,
  bitmask: 0xa4,
  shl: 0xab,
  shrS: 0xac,
  shrU: 0xad,
  add: 0xae,
  sub: 0xb1,
  mul: 0xb5,
  dot: 0xba,
} as const

const SCALAR = { add: 0x6a, sub: 0x6b, mul: 0x6c, or: 0x72, shl: 0x74, ltU: 0x49 } as const

/** A function under construction: i32 parameters, locals on demand, instructions in the order of the calls. */
export class FunctionBody {
  readonly parameters: number
  readonly #types: number[] = []
  readonly #code: number[] = []

  constructor(parameters: number) {
    this.parameters = parameters
  }

  #local(type: number): number {
    this.#types.push(type)
    return this.parameters + this.#types.length - 1
  }

  i32Local(): number {
    return this.#local(I32)
  }

  vectorLocal(): number {
    return this.#local(V128)
  }

  get(local: number): this {
    this.#code.push(0x20, ...unsigned(local))
    return this
  }

  set(local: number): this {
    this.#code.push(0x21, ...unsigned(local))
    return this
  }

  tee(local: number): this {
    this.#code.push(0x22, ...unsigned(local))
    return this
  }

  i32(value: number): this {
    this.#code.push(0x41, ...signed(value))
    return this
  }

  scalar(operation: keyof typeof SCALAR): this {
    this.#code.push(SCALAR[operation])
    return this
  }

  vector(operation: keyof typeof VECTOR): this {
    this.#code.push(SIMD, ...unsigned(VECTOR[operation]))
    return this
  }

  #memory(opcode: number, align: number, offset: number): this {
    this.#code.push(SIMD, ...unsigned(opcode), align, ...unsigned(offset))
    return this
  }

  /** Loads 16 bytes at the address on the stack plus `offset`. */
  load(offset: number): this {
    return this.#memory(0x00, 4, offset)
  }

  /** Loads 4 bytes into all four lanes. */
  loadSplat(offset: number): this {
    return this.#memory(0x09, 2, offset)
  }

  store(offset: number): this {
    return this.#memory(0x0b, 4, offset)
  }

  /** Replaces one lane of the vector on the stack by 4 bytes of memory. */
  loadLane(offset: number, lane: number): this {
    this.#memory(0x56, 0, offset)
    this.#code.push(lane)
    return this
  }

  storeLane(offset: number, lane: number): this {
    this.#memory(0x5a, 0, offset)
    this.#code.push(lane)
    return this
  }

  shuffle(lanes: readonly number[]): this {
    this.#code.push(SIMD, 0x0d, ...lanes)
    return this
  }

  call(index: number): this {
    this.#code.push(0x10, ...unsigned(index))
    return this
  }

  /** Runs `body` for counter = start, start + step, ... below the limit, at least once. */
  loop(counter: number, range: { start: number; step: number; limit: () => void }, body: () => void): this {
    this.i32(range.start).set(counter)
    this.#code.push(0x03, EMPTY_BLOCK)
    body()
    this.get(counter).i32(range.step).scalar("add").tee(counter)
    range.limit()
    this.scalar("ltU")
    this.#code.push(0x0d, 0, 0x0b)
    return this
  }

  /** Signature and code, as the module's sections want them. */
  encode(): number[] {
    const locals = this.#types.flatMap((type) => [1, type])
    const body = [...unsigned(this.#types.length), ...locals, ...this.#code, 0x0b]
    return [...unsigned(body.length), ...body]
  }
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const body = [...unsigned(items.length), ...items.flat()]
  return [id, ...unsigned(body.length), ...body]
}

const text = (value: string): number[] => [...unsigned(value.length), ...new TextEncoder().encode(value)]

/** A module with one exported memory and functions without results; `exported` names some of them. */
export class ModuleBuilder {
  readonly #functions: { body: FunctionBody; exported: string | undefined }[] = []

  /** Returns the function's index. */
  add(body: FunctionBody, exported?: string): number {
    this.#functions.push({ body, exported })
    return this.#functions.length - 1
  }

  /** The binary module, its memory as many pages of 64 KiB. */
  encode(pages: number): Uint8Array<ArrayBuffer> {
    const most = Math.max(...this.#functions.map(({ body }) => body.parameters))
    const types = Array.from({ length: most + 1 }, (_, n) => [0x60, n, ...Array<number>(n).fill(I32), 0])
    const exports = this.#functions.flatMap(({ exported }, index) =>
      exported === undefined ? [] : [[...text(exported), 0, ...unsigned(index)]],
    )
    return Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, types),
      ...section(
        3,
        this.#functions.map(({ body }) => unsigned(body.parameters)),
      ),
      ...section(5, [[0, ...unsigned(pages)]]),
      ...section(7, [[...text("memory"), 2, 0], ...exports]),
      ...section(
        10,
        this.#functions.map(({ body }) => body.encode()),
      ),
    ])
  }
}
