/** Round numbers from lo to hi, about so many: 1, 2 or 5 times a power of ten. */
export function ticks(lo: number, hi: number, about: number): readonly number[] {
  const span = hi - lo
  if (!(span > 0) || !Number.isFinite(span)) return [lo]
  const rough = span / about
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough
  const first = Math.ceil(lo / step) * step
  const marks = Array.from({ length: Math.floor((hi - first) / step) + 1 }, (_, i) => first + i * step)
  // where doubles are coarser than the step, a mark may come to lie beside the axis
  return marks.filter((mark) => mark >= lo && mark <= hi)
}

/** From values to a length, linearly. */
export const scale = (lo: number, hi: number, length: number) => (value: number) =>
  hi === lo ? length / 2 : ((Math.min(Math.max(value, lo), hi) - lo) / (hi - lo)) * length

/** Where the page is as wide as it gets. */
const MOST = 936

/** Units of a drawing are the page's pixels, so that its texts are as large as others: what there is room for, now. */
export const drawingWidth = (): { readonly width: number } => ({
  width: Math.min(MOST, Math.max(300, innerWidth - 64)),
})

/** What fits into so many of a drawing's pixels: a sign takes some eight. */
export const cut = (name: string, pixels: number): string => {
  const most = Math.max(4, Math.floor(pixels / 8))
  return name.length > most ? `${name.slice(0, most - 1)}…` : name
}
