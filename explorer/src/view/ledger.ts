import type { Hex } from "@wattest/protocol"
import { html, type TemplateResult } from "lit-html"
import { type Device, type DeviceDay, type Ledger, type ListedRun, Unread } from "../books/books.ts"
import { badge } from "../check/badge.ts"
import type { World } from "../check/check.ts"
import { calendar } from "../draw/calendar.ts"
import { DAYS_SHOWN, daysOf } from "../draw/days.ts"
import { label, short, whole } from "../words.ts"
import { moreList } from "./list.ts"
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

export const runColumns = (): readonly Column<ListedRun>[] => [
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

/** Rows of days that are read for one calendar: a thousand devices for a month. */
const MOST_DAYS = 30_000

async function readDays(
  { books, status }: World,
  ledger: Hex,
): Promise<{ readonly days: readonly DeviceDay[]; readonly isWhole: boolean }> {
  const dayFrom = Math.max(0, (status.block?.time ?? 0) - DAYS_SHOWN * 86_400)
  const days: DeviceDay[] = []
  for (let after: string | undefined; days.length < MOST_DAYS; ) {
    const page = await books.days({ ledger, dayFrom }, after)
    days.push(...page.items)
    if (page.next === null) return { days, isWhole: true }
    after = page.next
  }
  return { days, isWhole: false }
}

/** A ledger: how far its devices' books reach, day by day, then devices and runs. */
export async function ledgerPage(id: Hex, world: World): Promise<TemplateResult> {
  const { books, status } = world
  const [found] = (await books.ledgers({ ledger: id })).items
  if (found === undefined) throw new Unread("the registry has no such ledger", "Check the address, or search for it.")
  const devices = await books.devices({ ledger: id })
  const [{ days, isWhole }, listed, runs] = await Promise.all([
    readDays(world, id),
    moreList({
      read: (after) => (after === undefined ? Promise.resolve(devices) : books.devices({ ledger: id }, after)),
      columns: DEVICES,
      empty: "No device is enrolled.",
    }),
    moreList({
      read: (after) => books.runs({ ledger: id }, after),
      columns: runColumns(),
      empty: "No run is anchored yet.",
    }),
  ])
  const isPartial = !isWhole || devices.next !== null
  const operator = found.operator
  return html`${pageHead("Ledger", identity(id), [hexLink({ page: "operator", operator }, operator)])}
    <p>${badge({ subject: { kind: "ledger", ledger: id }, shown: { values: ledgerValues(found) }, world, isEager: true })}</p>
    ${tiles([
      { name: "anchored runs", value: whole(found.length) },
      { name: "devices", value: whole(found.devices), note: `${whole(found.vouched)} vouched for` },
      { name: "voucher", value: hex(found.voucher), note: "on whose word its devices rest" },
      { name: "head", value: hex(found.head), note: `after run ${whole(found.length)}` },
    ])}
    ${section("Days that its books tell", calendar(daysOf(devices.items, days, status.block?.time ?? 0)), isPartial ? html`<p class="soft">Of the first ${whole(devices.items.length)} devices. The list of days is at <code>/v1/days?ledger=${short(id)}</code>.</p>` : "")}
    ${section("Devices", listed)}
    ${section("Runs", runs)}`
}
