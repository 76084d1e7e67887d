/** What a benchmark asks for, and what its protocol says that a client cannot do or know. */
export type Preset = {
  readonly name: string
  readonly prompts: number
  readonly repetitions: number
  /** Unit of work of its runs. */
  readonly unit: string
  /** The rule by which a unit is accepted. */
  readonly qualityRule: string
  /** Where every use of it here differs from the protocol. */
  readonly differs: readonly string[]
  readonly source: string
}

export const PRESETS = {
  "ai-energy-score": {
    name: "AI Energy Score",
    ...{ prompts: 1000, repetitions: 10, unit: "query", qualityRule: "the answer is not empty" },
    differs: [
      "prompts go one after another to a server over HTTP; the Score generates in one process, batch 1",
      "the energy is that of the device's boundary; the Score's is of the GPU alone, an H100 of 80 GB",
      "board, precision and limits of generation are the server's; the Score fixes them by task",
    ],
    source: "huggingface/AIEnergyScore, documentation of December 2025",
  },
} as const satisfies { readonly [name: string]: Preset }

export type PresetName = keyof typeof PRESETS
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[]

/** Where a benchmark differs from its protocol, in words. */
export function differences(preset: Preset, prompts: number, repetitions: number): readonly string[] {
  return [
    ...(prompts === preset.prompts ? [] : [`${prompts} prompts; the protocol asks for ${preset.prompts}`]),
    ...(repetitions === preset.repetitions
      ? []
      : [`${repetitions} repetitions; the protocol asks for ${preset.repetitions}`]),
    ...preset.differs,
  ]
}
