import type { Hex } from "@wattest/protocol"
import type { JobStory } from "@wattest/testkit/conformance/job"
import { START_MS, type StatementDocument, type Story } from "@wattest/testkit/conformance/story"
import { type Case, invalid, valid } from "./case.ts"
import { group } from "./group.ts"

/** Void runs between the certificates of a device: none of the job is missing in them where nothing could be. */

/** The first run ends without a closing, as of a device that was cut off. */
const cutOff: NonNullable<Story["reading"]> = (given, run) => {
  const { closing: _, ...sources } = given.sources
  return run === 0n ? { ...given, sources } : given
}

/** A device was cut off in run 0, and the run until it was back comes after void ones. */
const between = (voids: NonNullable<Story["voids"]>, special: Story = {}): JobStory => ({
  parts: [{ devices: ["left", "right"], interrupted: ["right"] }],
  bridged: ["right"],
  voids: (name) => (name === "right" ? voids : []),
  device: (name) => (name === "right" ? { reading: cutOff, ...special } : {}),
})

const ONE = [{ run: 1n }]
const TWO = [{ run: 1n }, { run: 2n }]
const ROOT: Hex = `0x${"07".padStart(64, "0")}`
/** The device submits a root for this run. */
const rooted = (run: number): Story => ({ roots: (roots) => roots.with(run, ROOT) })

/** The run that follows begins in books that know nothing of the one before. */
const anew = (given: StatementDocument): StatementDocument =>
  given.startTimeMs === START_MS
    ? given
    : { ...given, broken: true, lifetimeMillijoules: given.registers.energyMillijoules }

const missing = invalid("JOB_CERTIFICATE_MISSING")

export const VOID_CASES: readonly Case[] = [
  group("valid-void-between", "A void run lies between those of a device.", valid, between(ONE)),
  group("valid-voids-between", "Two void runs lie between those of a device.", valid, between(TWO)),
  group("void-with-a-root", "The run between those of a device has a root.", missing, between(ONE, rooted(1))),
  group(
    "void-and-one-with-a-root",
    "Of two runs between those of a device the later has a root.",
    missing,
    between(TWO, rooted(2)),
  ),
  group(
    "one-with-a-root-and-void",
    "Of two runs between those of a device the earlier has a root.",
    missing,
    between(TWO, rooted(1)),
  ),
  group(
    "void-with-time",
    "The device's next run begins a millisecond after the void one could have.",
    missing,
    between([{ run: 1n, ms: 1 }]),
  ),
  group(
    "void-that-overlaps",
    "The device's next run begins a millisecond before the one before it ended.",
    missing,
    between([{ run: 1n, ms: -1 }]),
  ),
  group(
    "void-with-energy",
    "The device's lifetime energy grew by 1 mJ in the void run.",
    missing,
    between([{ run: 1n, millijoules: 1n }]),
  ),
  group("void-before-broken-books", "The books are broken after the void run.", missing, {
    ...between(ONE),
    statement: (given, name) => (name === "right" ? anew(given) : given),
    policy: (policy) => ({ ...policy, books: { ...policy.books, broken: true } }),
  }),
  group(
    "void-after-the-end",
    "The device had ended its job before the void run, and shows another run after it.",
    missing,
    between(ONE, { reading: (given) => given }),
  ),
]
