export * from "./open.ts"
export * from "./parts.ts"
