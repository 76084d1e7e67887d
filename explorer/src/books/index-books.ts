import { type Books, type Page, type Proof, type Subject, Unread } from "./books.ts"
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
import { type Sent, sent, text } from "./untrusted.ts"

const PAGE = 50
const TIMEOUT_MS = 20_000
const LONGEST_ANSWER = 8 * 1024 * 1024

type Asked = { readonly [name: string]: string | number | undefined }

/** Books as an index tells them. `base` is its address, without a slash at the end; "" is where the page came from. */
export function createIndexBooks(base: string): Books {
  async function ask(path: string): Promise<Response> {
    const response = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null)
    if (response === null)
      throw new Unread(
        "the index does not answer",
        "Try again, or name another index or a node of the chain in Settings.",
      )
    if (!response.ok) throw await refusal(response)
    if (Number(response.headers.get("content-length")) > LONGEST_ANSWER)
      throw new Unread("the answer is too long", "Ask for less, or name another index in Settings.")
    return response
  }
  async function askPage<Item>(
    list: string,
    read: (item: Sent) => Item,
    asked: object,
    after?: string,
  ): Promise<Page<Item>> {
    return readPage(sent(await (await ask(`/v1/${list}?${query({ limit: PAGE, ...asked, after })}`)).json()), read)
  }
  async function askList<Item>(list: string, read: (item: Sent) => Item, asked: object): Promise<readonly Item[]> {
    return readList(sent(await (await ask(`/v1/${list}?${query({ ...asked })}`)).json()), read)
  }
  return {
    knowsAll: true,
    source: base === "" ? location.host : new URL(base).host,
    status: async () => readStatus(sent(await (await ask("/v1/status")).json())),
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
    coverage: (of, { days, until }) =>
      askList("coverage", readCoveredDay, { ...of, from: Math.max(0, until - (days - 1) * 86_400) }),
    totals: (of) => askList("totals", readTotal, { ...of, by: "day" }),
    search: (text) => askList("search", readFound, { text }),
    proof: async (subject) => readProof(await ask(`/v1/proof/${pathOf(subject)}`)),
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

async function readProof(response: Response): Promise<Proof> {
  const [number = "", hash = ""] = (response.headers.get("wattest-block") ?? "").split(" ")
  return { bytes: new Uint8Array(await response.arrayBuffer()), block: { number: Number(number), hash } }
}

async function refusal(response: Response): Promise<Unread> {
  const said = await response.json().then(
    (answer) => text(sent(sent(answer).error), "message"),
    () => `it answered ${response.status}`,
  )
  const hint = response.status === 404 ? "Check the address, or search for it." : "Try again in a moment."
  return new Unread(said, hint)
}
