const SIDES: { readonly [attribute: string]: 0 | 1 } = { x: 0, x1: 0, x2: 0, cx: 0, y: 1, y1: 1, y2: 1, cy: 1 }

/** Where a drawing has something outside its view box: attributes with the place, as they stand in it. */
export function outside(svg: string): readonly string[] {
  const [, ...box] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)?.map(Number) ?? []
  const leaves = (value: number, side: 0 | 1) => !(value >= 0 && value <= (box[side] ?? Number.NaN))
  const placed = [...svg.matchAll(/ ([a-z]+[12]?)="([^"]*)"/g)].flatMap(([text, name = "", value]) => {
    const side = SIDES[name]
    return side !== undefined && leaves(Number(value), side) ? [text] : []
  })
  const lines = [...svg.matchAll(/ (?:points|d)="([^"]*)"/g)].flatMap(([text, path = ""]) => {
    const points = [...path.matchAll(/(-?[\d.]+)[ ,](-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const)
    const ends = [...path.matchAll(/H(-?[\d.]+)/g)].map(([, x]) => Number(x))
    return points.some(([x, y]) => leaves(x, 0) || leaves(y, 1)) || ends.some((x) => leaves(x, 0)) ? [text] : []
  })
  return [...placed, ...lines]
}
