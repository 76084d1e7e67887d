export * from "./open.ts"
