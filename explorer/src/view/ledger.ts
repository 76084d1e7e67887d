import type { Hex } from "@wattest/protocol"
import { html, type TemplateResult } from "lit-html"
import { type Claim, type Device, type Ledger, Unread } from "../books/books.ts"
import { badge } from "../check/badge.ts"
import type { World } from "../check/check.ts"
import { type BlindOf, calendar, daysShown } from "../draw/calendar.ts"
import { reach } from "../draw/reach.ts"
import { label, plural, whole } from "../words.ts"
import { moreList, orUnread } from "./list.ts"
import { type Column, hearsay, hex, hexLink, identity, pageHead, table, tiles, time } from "./parts.ts"
import { runsTable } from "./runs.ts"

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

/** Devices, each with its time up to `now` drawn over as many days as the calendar has. */
const columns = (now: number): readonly Column<Device>[] => [
  { name: "device", show: ({ device }) => hexLink({ page: "device", device }, device) },
  { name: "meters", show: ({ boundary }) => label(boundary) },
  { name: "state", show: ({ state }) => html`<span class="tag ${STATE_KIND[state]}">${state}</span>` },
  { name: "runs", isNumber: true, show: ({ runs }) => whole(runs) },
  { name: "its time", show: (device) => reach(device, { from: now - daysShown() * DAY, now }) },
  { name: "books reach", show: ({ through }) => (through === 0 ? "not told yet" : time(through)) },
]

const DAY = 86_400

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
  return calendar(await books.coverage({ ledger }, { days: daysShown(), until }), blindIn(claims))
}

/** A ledger: how far its devices' books reach, day by day, then devices and runs. */
export async function ledgerPage(id: Hex, world: World): Promise<TemplateResult> {
  const { books, status } = world
  const [found] = (await books.ledgers({ ledger: id })).items
  if (found === undefined) throw new Unread("the registry has no such ledger", "Check the address, or search for it.")
  const readDevices = (after?: string) => books.devices({ ledger: id }, after)
  const readRuns = (after?: string) => books.runs({ ledger: id, count: found.length }, after)
  const listed = columns(status.block?.time ?? 0)
  const [covered, devices, runs] = await Promise.all([
    orUnread(calendarPart(world, found)),
    moreList({
      read: readDevices,
      show: (devices) => table(devices, listed, { empty: "No device is enrolled.", name: "devices" }),
    }),
    moreList({ read: readRuns, show: (runs) => runsTable(runs, { isOfDevice: false }) }),
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
    ${hearsay("Days that its books tell", books.source, covered)}
    ${hearsay("Devices", books.source, devices)}
    ${hearsay("Runs, the newest first", books.source, runs)}`
}
