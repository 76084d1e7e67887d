import type { Db } from "../store/open.ts"
import type { StandingBlock } from "../store/standing.ts"
import type { Asked, Item } from "./list.ts"
import { address, type Column, count, hash, text, time } from "./resources.ts"
import { search } from "./search.ts"
import { coverage, DAYS, MAX_DAYS, PERIODS, type SeriesAsked, totals } from "./series.ts"

/** A list that is worked out when it is asked for: it has no pages, and an end of its own. */
export type Question = {
  readonly about: string
  /** What may be asked, by name. */
  readonly asks: { readonly [name: string]: Column }
  /** Of these, what must be. */
  readonly required: readonly string[]
  readonly columns: { readonly [name: string]: Column }
  readonly check: string
  /** It changes while the books' block stays. */
  readonly isLive?: true
  readonly answer: (db: Db, asked: Asked, block: StandingBlock) => Promise<readonly Item[]>
}

const RANGE = {
  from: time(`any time of the first day; ${DAYS} days before the last where it is left out`),
  to: time(`any time of the last day, at most ${MAX_DAYS} days later; that of the books' block where it is left out`),
}

/** The lists that are worked out: the one table for routes, their description and GraphQL. */
export const QUESTIONS: { readonly [name: string]: Question } = {
  coverage: {
    about: "How much of each day's device time of a ledger or a device is in the books, by what the chain shows",
    asks: { ledger: hash("of all devices of the ledger"), device: hash("of this device"), ...RANGE },
    required: [],
    check: "/v1/proof/ledgers/{ledger}",
    columns: {
      day: time("the day's first second, UTC"),
      devices: count("devices that were to meter at some time of it"),
      expectedSeconds: count("device time in service, as far as it is past"),
      meteredSeconds: count("told by submissions without a void run; how blind it was is not on the chain"),
      voidSeconds: count("told by submissions with a void run: some of it is lost"),
      behindSeconds: count("expected, and not told by now"),
    },
    answer: (db, asked, block) => coverage(db, asked as SeriesAsked, block),
  },
  totals: {
    about: "Runs and told device time by period, of all or of an operator, voucher, ledger or device",
    asks: {
      by: text("length of a period", { values: PERIODS }),
      operator: address("of its ledgers"),
      voucher: address("of its ledgers"),
      ledger: hash("of this ledger"),
      device: hash("of this device"),
      ...RANGE,
    },
    required: ["by"],
    check: "/v1/ledgers",
    columns: {
      period: time("its first second, UTC"),
      runs: count("runs of submissions that end in it"),
      voids: count("of these, void"),
      meteredSeconds: count("told by submissions without a void run"),
      voidSeconds: count("told by submissions with a void run"),
    },
    answer: (db, asked, block) => totals(db, asked as Parameters<typeof totals>[1], block),
  },
  search: {
    about:
      "Operators, vouchers, ledgers, devices and documents by the beginning of their id; claims and valid documents by words: of their labels, their operator, metric or title, and the months of their period",
    asks: {
      text: text(
        "four digits of an id or more, or up to six beginnings of words, each of which is to be met; 2026, 2026-11 and 2026-11-26 are periods",
      ),
    },
    required: ["text"],
    check: "/v1/ledgers",
    // Documents come in between blocks.
    isLive: true,
    columns: {
      kind: text("operator, voucher, ledger, device, claim or document"),
      at: text("where it is in this API"),
      text: text("its id, the sentence that was proved, or the document's title"),
    },
    answer: (db, asked) => search(db, String(asked.text)),
  },
}
