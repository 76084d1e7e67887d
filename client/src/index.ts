export type { Way } from "./ask.ts"
export {
  type Block,
  createIndexClient,
  type IndexClient,
  type ListName,
  MAX_PAGE,
  type NamedList,
  type Page,
  type PageOptions,
  type Question,
  type Row,
  type Status,
} from "./client.ts"
export { type FailureKind, IndexFailure } from "./errors.ts"
