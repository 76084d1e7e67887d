/** The part of JSON Schema that the index's description is made of (OpenAPI 3.0). */
export type Form = {
  readonly type?: string
  readonly nullable?: boolean
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly items?: Form
  readonly required?: readonly string[]
  readonly properties?: { readonly [name: string]: Form }
}

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const TYPES: { readonly [type: string]: (value: unknown) => boolean } = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  integer: Number.isSafeInteger,
  number: Number.isFinite,
  boolean: (value) => typeof value === "boolean",
}

/**
 * Where a value differs from its form, as `path: expected`; null: nowhere. Members that the form does not name are left
 * alone, so that a newer index may say more.
 */
export function differenceFrom(form: Form, value: unknown, path = "$"): string | null {
  if (value === null && form.nullable === true) return null
  const { type, enum: choices } = form
  if (type !== undefined && TYPES[type]?.(value) !== true) return `${path}: expected ${type}`
  if (choices !== undefined && !choices.includes(value)) return `${path}: expected one of ${choices.join(", ")}`
  if (typeof value === "string") return ofText(form, value, path)
  if (typeof value === "number") return ofNumber(form, value, path)
  if (Array.isArray(value)) return first(value, (item, i) => differenceFrom(form.items ?? {}, item, `${path}[${i}]`))
  return isObject(value) ? ofObject(form, value, path) : null
}

function ofText({ pattern, maxLength }: Form, value: string, path: string): string | null {
  if (maxLength !== undefined && value.length > maxLength) return `${path}: expected at most ${maxLength} characters`
  return pattern !== undefined && !new RegExp(pattern).test(value) ? `${path}: expected ${pattern}` : null
}

const ofNumber = ({ minimum = -Infinity, maximum = Infinity }: Form, value: number, path: string) =>
  value < minimum || value > maximum ? `${path}: expected ${minimum} to ${maximum}` : null

function ofObject(
  { required = [], properties = {} }: Form,
  value: { readonly [name: string]: unknown },
  path: string,
): string | null {
  const missing = required.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) return `${path}.${missing}: it is missing`
  return first(Object.entries(properties), ([name, form]) =>
    Object.hasOwn(value, name) ? differenceFrom(form, value[name], `${path}.${name}`) : null,
  )
}

/** The first difference that is one. */
function first<T>(items: readonly T[], differenceOf: (item: T, place: number) => string | null): string | null {
  for (const [place, item] of items.entries()) {
    const difference = differenceOf(item, place)
    if (difference !== null) return difference
  }
  return null
}
