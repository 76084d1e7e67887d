export * from "./filing.ts"
