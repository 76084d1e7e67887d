import { createHash } from "node:crypto"
import type { SumFactory } from "../report/sum.ts"

/** SHA-256 by Node itself. */
export const nodeSum: SumFactory = () => createHash("sha256")
