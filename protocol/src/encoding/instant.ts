/** A time in Unix seconds as people read it, UTC: `2026-01-01T00:00:00Z`. Throws a RangeError where no calendar has it. */
export const instant = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z")
