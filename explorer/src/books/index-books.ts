import { type Books, type Page, type Subject, Unread } from "./books.ts"
import {
  readClaim,
  readCoveredDay,
  readDevice,
  readFound,
  readLedger,
  readList,
  readOperator,
  readOverlap,
  readPage,
  readRun,
  readStatus,
  readTotal,
  readWithdrawal,
} from "./items.ts"
import { jsonOf, proofOf, type Whence } from "./reading.ts"
import { type Sent, sent, text } from "./untrusted.ts"

const PAGE = 50
const TIMEOUT_MS = 20_000
const DAY = 86_400
const WHENCE: Whence = {
  source: "the index",
  hint: "Try again, or name another index or a node of the chain in Settings.",
}

type Asked = { readonly [name: string]: string | number | undefined }

/** Books as an index tells them. `base` is its address, without a slash at the end; "" is where the page came from. */
export function createIndexBooks(base: string): Books {
  async function ask(path: string): Promise<Response> {
    const response = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null)
    if (response === null) throw new Unread("the index does not answer", WHENCE.hint)
    if (!response.ok) throw await refusal(response)
    return response
  }
  const askJson = async (path: string) => sent(await jsonOf(await ask(path), WHENCE))
  async function askPage<Item>(
    list: string,
    read: (item: Sent) => Item,
    asked: object,
    after?: string,
  ): Promise<Page<Item>> {
    return readPage(await askJson(`/v1/${list}?${query({ limit: PAGE, ...asked, after })}`), read)
  }
  async function askList<Item>(list: string, read: (item: Sent) => Item, asked: object): Promise<readonly Item[]> {
    return readList(await askJson(`/v1/${list}?${query({ ...asked })}`), read)
  }
  return {
    knowsAll: true,
    source: base === "" ? location.host : new URL(base).host,
    status: async () => readStatus(await askJson("/v1/status")),
    operators: (after) => askPage("operators", readOperator, {}, after),
    ledgers: (of, after) => askPage("ledgers", readLedger, of, after),
    devices: (of, after) => askPage("devices", readDevice, of, after),
    async runs({ count, ...of }, after) {
      const end = Math.min(count, Number(after ?? count))
      if (end === 0) return { items: [], next: null }
      const first = Math.max(0, end - PAGE)
      const within = "ledger" in of ? { positionFrom: first, positionTo: end - 1 } : { runFrom: first, runTo: end - 1 }
      const { items } = await askPage("runs", readRun, { ...of, ...within })
      return { items: items.toReversed(), next: first === 0 ? null : `${first}` }
    },
    async run(device, run) {
      const { items } = await askPage("runs", readRun, { device, runFrom: run, runTo: run })
      return items[0] ?? null
    },
    withdrawals: (of, after) => askPage("withdrawals", readWithdrawal, of, after),
    claims: (of, after) => askPage("claims", readClaim, of, after),
    overlaps: (of, after) => askPage("overlaps", readOverlap, of, after),
    async coverage(of, { days, until }) {
      const last = until - (until % DAY)
      const first = Math.max(0, last - (days - 1) * DAY)
      const told = await askList("coverage", readCoveredDay, { ...of, from: first })
      return told.filter(({ day }) => isDayWithin(day, first, last))
    },
    async totals(of, { days, until }) {
      const last = until - (until % DAY)
      const first = Math.max(0, last - (days - 1) * DAY)
      const told = await askList("totals", readTotal, { ...of, by: "day", from: first })
      return told.filter(({ period }) => isDayWithin(period, first, last))
    },
    search: (text) => askList("search", readFound, { text }),
    proof: async (subject) => proofOf(await ask(`/v1/proof/${pathOf(subject)}`), WHENCE),
  }
}

const query = (asked: Asked) =>
  new URLSearchParams(
    Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]])),
  )

function pathOf(subject: Subject): string {
  if (subject.kind === "device") return `devices/${subject.device}`
  if (subject.kind === "ledger") return `ledgers/${subject.ledger}`
  if (subject.kind === "run") return `runs/${subject.device}/${subject.run}`
  return `claims/${subject.operator}/${subject.number}`
}

/** A day that was not asked for would make a drawing as wide as its sender likes. */
const isDayWithin = (day: number, first: number, last: number) => day % DAY === 0 && day >= first && day <= last

async function refusal(response: Response): Promise<Unread> {
  const said = await jsonOf(response, WHENCE)
    .then((answer) => text(sent(sent(answer).error), "message"))
    .catch(() => `the index answered ${response.status}`)
  const hint = response.status === 404 ? "Check the address, or search for it." : "Try again in a moment."
  return new Unread(said, hint)
}
