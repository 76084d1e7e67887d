import type { Hex } from "@wattest/protocol"
import { html, type TemplateResult } from "lit-html"
import { type Claim, type Device, type Ledger, type ListedRun, Unread } from "../books/books.ts"
import { badge } from "../check/badge.ts"
import type { World } from "../check/check.ts"
import { type BlindOf, calendar } from "../draw/calendar.ts"
import { label, plural, whole } from "../words.ts"
import { moreList, orUnread } from "./list.ts"
import { type Column, hex, hexLink, identity, pageHead, section, tiles, time } from "./parts.ts"

/** What a ledger's proof must say for this row to be true. */
export const ledgerValues = ({ operator, voucher, length, head, devices, vouched }: Ledger) => ({
  operator,
  voucher,
  length,
  head,
  devices,
  vouched,
})

export const STATE_KIND = { active: "true", retiring: "quiet", retired: "quiet", withdrawn: "false" } as const

const DEVICES: readonly Column<Device>[] = [
  { name: "device", show: ({ device }) => hexLink({ page: "device", device }, device) },
  { name: "meters", show: ({ boundary }) => label(boundary) },
  { name: "state", show: ({ state }) => html`<span class="tag ${STATE_KIND[state]}">${state}</span>` },
  { name: "runs", isNumber: true, show: ({ runs }) => whole(runs) },
  { name: "books reach", show: ({ through }) => (through === 0 ? "not told yet" : time(through)) },
]

const VOID = /^0x0+$/

export const RUNS: readonly Column<ListedRun>[] = [
  { name: "device", show: ({ device }) => hexLink({ page: "device", device }, device) },
  {
    name: "run",
    isNumber: true,
    show: ({ device, run }) => html`<a href=${`#/devices/${device}/runs/${run}`}>${whole(run)}</a>`,
  },
  { name: "root", show: ({ root }) => (VOID.test(root) ? html`<span class="tag open">void</span>` : hex(root)) },
  { name: "place", isNumber: true, show: ({ position }) => whole(position) },
  { name: "anchored", show: ({ time: at }) => time(at) },
]

/** Half a year: what fits beside itself on a page. */
const DAYS_SHOWN = 182

/** How blind the operator's own claims admit that a day was. */
function blindIn(claims: readonly Claim[]): BlindOf {
  return (day) => {
    const over = claims.filter(({ from, to, closedAt }) => closedAt !== null && from < day + 86_400 && to > day)
    const shares = over.flatMap(({ blindAtMost }) => (blindAtMost === null ? [] : [blindAtMost / 1e6]))
    return shares.length === 0 ? null : Math.max(...shares)
  }
}

async function calendarPart({ books, status }: World, { ledger, operator }: Ledger): Promise<TemplateResult> {
  const claims = books.knowsAll ? (await books.claims({ operator })).items : []
  const until = status.block?.time ?? 0
  return calendar(await books.coverage({ ledger }, { days: DAYS_SHOWN, until }), blindIn(claims))
}

/** A ledger: how far its devices' books reach, day by day, then devices and runs. */
export async function ledgerPage(id: Hex, world: World): Promise<TemplateResult> {
  const { books } = world
  const [found] = (await books.ledgers({ ledger: id })).items
  if (found === undefined) throw new Unread("the registry has no such ledger", "Check the address, or search for it.")
  const readDevices = (after?: string) => books.devices({ ledger: id }, after)
  const readRuns = (after?: string) => books.runs({ ledger: id }, after)
  const [covered, devices, runs] = await Promise.all([
    orUnread(calendarPart(world, found)),
    moreList({ read: readDevices, columns: DEVICES, empty: "No device is enrolled." }),
    moreList({ read: readRuns, columns: RUNS, empty: "No run is anchored yet." }),
  ])
  const { operator, voucher, head, length, vouched } = found
  return html`${pageHead("Ledger", identity(id), [hexLink({ page: "operator", operator }, operator)])}
    <p>${badge({ subject: { kind: "ledger", ledger: id }, shown: { values: ledgerValues(found) }, world, isEager: true })}</p>
    ${tiles([
      { name: "anchored runs", value: whole(length) },
      { name: "devices", value: whole(found.devices), note: `${whole(vouched)} vouched for` },
      { name: "voucher", value: hex(voucher), note: "on whose word its devices rest" },
      { name: "head", value: hex(head), note: `after ${plural(length, "run")}` },
    ])}
    ${section("Days that its books tell", covered)}
    ${section("Devices", devices)}
    ${section("Runs", runs)}`
}
