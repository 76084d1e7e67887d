import type { Hex } from "@wattest/protocol"
import { html, type TemplateResult } from "lit-html"
import { type Device, Unread } from "../books/books.ts"
import { badge } from "../check/badge.ts"
import type { World } from "../check/check.ts"
import { type Mark, timeline } from "../draw/timeline.ts"
import { day, label, moment, whole } from "../words.ts"
import { STATE_KIND } from "./ledger.ts"
import { moreList } from "./list.ts"
import { hearsay, hex, hexLink, identity, pageHead, section, tiles } from "./parts.ts"
import { runsTable } from "./runs.ts"

/** What a device's proof must say for this page to be true. */
const deviceValues = ({
  operator,
  voucher,
  boundary,
  enrolledAt,
  runs,
  through,
  anchoredAt,
  retiredRuns,
  withdrawnSince,
}: Device) => ({
  ...{ operator, voucher, boundary, enrolledAt, runs, through, anchoredAt, retiredRuns, withdrawnSince },
})

function marksOf(
  { enrolledAt, through, withdrawnSince, silentSince, anchoredAt }: Device,
  now: number,
): readonly Mark[] {
  const marks: Mark[] = [{ name: "enrolled", from: enrolledAt, kind: "event" }]
  if (through > enrolledAt) marks.push({ name: "books told", from: enrolledAt, to: through, kind: "told" })
  if (anchoredAt !== null) marks.push({ name: "last anchor", from: anchoredAt, kind: "event" })
  if (silentSince !== null && silentSince < now)
    marks.push({ name: "nothing told", from: silentSince, to: now, isOpen: true, kind: "silent" })
  if (withdrawnSince !== null) {
    const to = Math.max(now, withdrawnSince)
    marks.push({ name: "its voucher's word withdrawn", from: withdrawnSince, to, isOpen: true, kind: "void" })
  }
  return marks
}

/** A device: where it stands, how far its books reach, and its runs. */
export async function devicePage(id: Hex, world: World): Promise<TemplateResult> {
  const { books, status } = world
  const [found] = (await books.devices({ device: id })).items
  if (found === undefined) throw new Unread("no such device is enrolled", "Check the address, or search for it.")
  const runs = await moreList({
    read: (after) => books.runs({ device: id, count: found.runs }, after),
    show: (read) => runsTable(read, { isOfDevice: true }),
  })
  const { operator, ledger, voucher, state, through, boundary } = found
  return html`${pageHead("Device", identity(id), [hexLink({ page: "operator", operator }, operator), hexLink({ page: "ledger", ledger }, ledger)])}
    <p>${badge({ subject: { kind: "device", device: id }, shown: { values: deviceValues(found) }, world, isEager: true })}</p>
    ${tiles([
      {
        name: "state",
        value: html`<span class="tag ${STATE_KIND[state]}">${state}</span>`,
        note: `meters the ${label(boundary)}`,
      },
      {
        name: "runs",
        value: whole(found.runs),
        ...(found.retiredRuns !== null && { note: `${whole(found.retiredRuns)} in all` }),
      },
      {
        name: "books reach",
        value: through === 0 ? "nowhere yet" : day(through),
        ...(through !== 0 && { note: moment(through) }),
      },
      { name: "voucher", value: hex(voucher), note: "says what it found at the device" },
    ])}
    ${section("Its time", timeline(marksOf(found, status.block?.time ?? found.enrolledAt), status.block?.time ?? found.enrolledAt))}
    ${hearsay("Runs, the newest first", books.source, runs)}`
}
