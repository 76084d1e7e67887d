/** For programs that go on with what is valid: files and policies as a person names them. */
export { readPolicy } from "./cli/read-policy.ts"
export type { DeskFinding } from "./desk/across/findings.ts"
export { type EachRequest, findingsAmong, type JudgedDocument, judgeEach, type Proven } from "./desk/each.ts"
