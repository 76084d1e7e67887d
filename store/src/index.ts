export * from "./open.ts"
export * from "./parts.ts"
export * from "./small-heap.ts"
