/** For programs that go on with what is valid: files and policies as a person names them. */
export { readPolicy } from "./cli/read-policy.ts"
export { type EachRequest, type JudgedDocument, judgeEach, type Proven } from "./desk/each.ts"
