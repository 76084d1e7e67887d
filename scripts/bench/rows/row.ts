/** One measured number. `goal` is an upper bound unless `goalIsFloor`. */
export type Row = { key: string; value: number; unit: string; goal?: number; goalIsFloor?: boolean }
