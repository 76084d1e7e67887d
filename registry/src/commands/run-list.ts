import { type Context, type Hex, UsageError } from "@wattest/command"
import { type IndexBooks, openIndex } from "../books/index-books.ts"
import { describeLedger, describeLedgers, describeOperators, tell } from "../describe.ts"
import type { Target } from "../target.ts"
import { list, listByIndex, listLedgers, listLedgersByIndex, listOperators, listOperatorsByIndex } from "./list.ts"

export type ListWords = {
  readonly index: string | undefined
  readonly operator: Hex | undefined
  readonly voucher: Hex | undefined
  readonly operators: boolean
}

/** Lists what people asked for: from the chain, by an index where one is named. */
export async function runList(words: ListWords, context: Context, reach: () => Promise<Target>): Promise<undefined> {
  const { operator, voucher } = words.operators ? {} : words
  if (operator === undefined && voucher !== undefined)
    throw new UsageError("a voucher has a ledger with each operator", "give --operator ADDRESS, or leave --voucher out")
  const target = await reach()
  const index = words.index === undefined ? null : await openIndex(words.index, target)
  if (operator === undefined) tell(context, await operators(target, index, context), describeOperators)
  else if (voucher === undefined) tell(context, await ledgers(target, index, operator), describeLedgers)
  else tell(context, await ledger(target, index, operator, voucher), describeLedger)
  return undefined
}

const operators = (target: Target, index: IndexBooks | null, { terminal }: Context) =>
  index === null ? listOperators(target, terminal.say) : listOperatorsByIndex(target, index)

const ledgers = (target: Target, index: IndexBooks | null, operator: Hex) =>
  index === null ? listLedgers(target, operator) : listLedgersByIndex(target, index, operator)

const ledger = (target: Target, index: IndexBooks | null, operator: Hex, voucher: Hex) =>
  index === null ? list(target, operator, voucher) : listByIndex(target, index, operator, voucher)
