import { hash } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { openAccount } from "@wattest/chain"
import {
  type Context,
  type KeyReference,
  makeFolderDurably,
  type Outcome,
  readAtMost,
  replaceDurably,
  shellWord,
  UsageError,
  ValueError,
} from "@wattest/command"
import {
  decodeUtf8,
  encodeProfile,
  type Hex,
  type Instrument,
  MAX_PROFILE_BYTES,
  PROFILE_TYPE,
  type Profile,
  parsePlainText,
  parseProfile,
  plural,
  profileText,
  Rejection,
  visible,
} from "@wattest/protocol"
import { readPolicy } from "@wattest/verifier/files"
import { type Books, booksOf, type Entry } from "../books/entry.ts"
import { financialYear } from "../books/period.ts"
import type { Days } from "../filing.ts"
import { ENTITY, readCountry } from "../init/entity.ts"
import { planOf } from "../init/plan.ts"
import { answerTo, type Question, type Sitting, sitting } from "../init/question.ts"
import { chooseStandards } from "../init/standards.ts"
import { instrumentsOfBundles } from "../instruments/energytag.ts"
import { judgeAll, profileAt } from "./material.ts"

export type InitOptions = {
  readonly name: string | undefined
  readonly lei: string | undefined
  readonly consolidation: string | undefined
  readonly share: string | undefined
  readonly country: string | undefined
  readonly currency: string | undefined
  readonly operator: Hex | undefined
  readonly "year-begins": string | undefined
  readonly site: readonly string[]
  readonly standard: readonly string[]
  readonly bundle: readonly string[]
  readonly policy: string | undefined
  readonly offline: boolean
  readonly out: string
}

type Site = Profile["sites"][number]

const bareSite = (id: string, zone: string, country: string): Site => ({
  ...{ id, address: "", municipality: "", country, zone, dataCentre: null },
})

/** `ID=ZONE`, or `ID=ZONE=COUNTRY` where the site is in another country than the entity. Throws a ValueError. */
function siteOf(text: string, country: string): Site {
  const [id = "", zone = "", other = country, ...more] = text.split("=").map((part) => part.trim())
  if (id === "" || zone === "" || more.length > 0)
    throw new ValueError("names no site and zone", "write ID=ZONE, or ID=ZONE=COUNTRY")
  return bareSite(id, zone, readCountry(other))
}

/** Sites as typed, or asked for one by one until there is none more. */
async function sitesOf(given: readonly string[], country: string, isShown: boolean, at: Sitting) {
  const sites: Site[] = []
  const question = (asked: string): Question<Site | null> => ({
    ...{ option: "site", asked, otherwise: "none" },
    help: "the label that the site's devices sign and its electricity zone, as the table of factors spells it: zurich=CH, or zurich=CH=CH with its country",
    read: (answer) => {
      if (answer === "none") return null
      const site = siteOf(answer, country)
      if (sites.some(({ id }) => id === site.id)) throw new ValueError("is a site already", "write each site once")
      return site
    },
  })
  for (const text of given) {
    const site = await answerTo(question("A site"), text, at)
    if (site !== null) sites.push(site)
  }
  if (given.length > 0 || isShown) return sites
  for (let more = true; more; ) {
    const site = await answerTo(question(sites.length === 0 ? "A site, as ID=ZONE" : "One more site"), undefined, at)
    if (site !== null) sites.push(site)
    more = site !== null
  }
  return sites
}

/** Sites and meters as the entity's own certificates show them: where each device signed to stand, since its first run. */
function shownBy(entries: readonly Entry[], given: readonly Profile["sites"][number][], country: string) {
  const known = new Set(given.map(({ id }) => id))
  const found = [...Map.groupBy(entries, ({ site }) => site)].filter(([site]) => site !== "" && !known.has(site))
  const sites = [...given, ...found.map(([id, own]) => bareSite(id, own[0]?.zone || "unknown", country))]
  const placed = new Set(sites.map(({ id }) => id))
  const devices = [...Map.groupBy(entries, ({ device }) => device)]
  const meters = devices.flatMap(([device, own]) => {
    const site = own.at(-1)?.site ?? ""
    const from = new Date(Math.min(...own.map(({ startMs }) => startMs))).toISOString().slice(0, 10)
    return placed.has(site) ? [{ device, site, within: null, from, to: null }] : []
  })
  return { sites, meters }
}

/** The books of documents, without the runs of other operators. */
async function booksFor(
  paths: readonly string[],
  operator: Hex,
  { policy, offline }: InitOptions,
  context: Context,
): Promise<Books> {
  if (paths.length === 0) return booksOf([])
  if (policy === undefined) throw new UsageError("documents are judged under a policy", "give --policy FILE")
  const books = booksOf(await judgeAll(paths, readPolicy(policy), offline, context))
  return { ...books, entries: books.entries.filter((entry) => entry.operator === operator) }
}

/** A year of hourly certificates takes some ten MB. */
const MAX_BUNDLE_BYTES = 64 * 1024 * 1024

function bundlesOf(paths: readonly string[]): readonly Instrument[] {
  return paths.flatMap((path) => {
    const bytes = readAtMost(path, MAX_BUNDLE_BYTES)
    try {
      return instrumentsOfBundles(
        parsePlainText(decodeUtf8(bytes, MAX_BUNDLE_BYTES)),
        `0x${hash("sha256", bytes, "hex")}`,
      )
    } catch (error) {
      if (!(error instanceof Rejection)) throw error
      throw new UsageError(
        `${path}: ${error.message}`,
        "it must be a bundle of the EnergyTag registry API, or a list of them",
      )
    }
  })
}

/** Needs of a standard that are shown; the plan has all of them. */
const SHOWN_NEEDS = 8

/** The financial year of the last run that is shown, or else the one before this. */
function yearOf(entries: readonly Entry[], begins: string): Days {
  const lastMs = Math.max(...entries.map(({ endMs }) => endMs - 1))
  const yearAgoMs = Date.now() - 365 * 86_400_000
  const holding = new Date(entries.length > 0 ? lastMs : yearAgoMs).toISOString().slice(0, 10)
  return financialYear(holding, begins)
}

/** A profile as people edit it. Throws a UsageError where what was typed makes none. */
function checked(profile: Profile): string {
  try {
    const bytes = encodeProfile(profile)
    parseProfile(bytes)
    return `${JSON.stringify(JSON.parse(decodeUtf8(bytes, MAX_PROFILE_BYTES)), null, 2)}\n`
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(error.message, "nothing was written; mend what was typed")
  }
}

/** What is typed and answered, and what certificates show. */
async function asked(paths: readonly string[], options: InitOptions, context: Context, at: Sitting) {
  const name = await answerTo(ENTITY.name, options.name, at)
  const lei = await answerTo(ENTITY.lei, options.lei, at)
  const country = await answerTo(ENTITY.country, options.country, at)
  const currency = await answerTo(ENTITY.currency, options.currency, at)
  const operator = await answerTo(ENTITY.operator, options.operator, at)
  const financialYearBegins = await answerTo(ENTITY.yearBegins, options["year-begins"], at)
  const consolidation = await answerTo(ENTITY.consolidation, options.consolidation, at)
  const share = consolidation === "equity-share" ? await answerTo(ENTITY.share, options.share, at) : "1"
  const standards = await chooseStandards(options.standard, at)
  const books = await booksFor(paths, operator, options, context)
  const typed = await sitesOf(options.site, country, books.entries.length > 0, at)
  const profile: Profile = {
    ...{ mediaType: PROFILE_TYPE, operator, suppliers: [], declared: [], ...shownBy(books.entries, typed, country) },
    entity: { name, lei, country, currency, consolidation, share, financialYearBegins },
    instruments: bundlesOf(options.bundle),
  }
  return { profile, standards, books }
}

/** `init`: profile and plan, from what is typed, answered, and shown by certificates. */
export async function init(paths: readonly string[], options: InitOptions, context: Context): Promise<Outcome> {
  const [profileFile, planFile] = [join(options.out, "profile.json"), join(options.out, "plan.json")]
  if (existsSync(profileFile))
    throw new UsageError(`${profileFile} is there already`, "edit it, or name another folder with --out")
  const { profile, standards, books } = await sitting(context.terminal, (at) => asked(paths, options, context, at))
  const written = checked(profile)
  const plan = planOf(standards, profile, books, yearOf(books.entries, profile.entity.financialYearBegins))
  makeFolderDurably(options.out)
  replaceDurably(profileFile, written)
  replaceDurably(planFile, `${JSON.stringify(plan, null, 2)}\n`)
  const said = plan.standards.flatMap(({ title, commands, open }) => [
    title,
    ...commands.map((command) => `  ${command}`),
    ...open.slice(0, SHOWN_NEEDS).map(({ need }) => `  to bring: ${need}`),
    ...(open.length > SHOWN_NEEDS ? [`  and ${open.length - SHOWN_NEEDS} more, in ${planFile}`] : []),
  ])
  context.terminal.print(
    context.json
      ? `${JSON.stringify({ profile: profileFile, plan: planFile, sites: profile.sites.length, meters: profile.meters.length })}\n`
      : [
          `${profileFile}: ${plural(profile.sites.length, "site")}, ${plural(profile.meters.length, "meter")}`,
          planFile,
          ...said,
        ]
          .map((line) => `${visible(line)}\n`)
          .join(""),
  )
  return { next: `disclose sign ${shellWord(profileFile)} --key KEY` }
}

/** `sign`: the operator's account puts its signature under a profile, in place. */
export async function sign(path: string, key: KeyReference, context: Context): Promise<Outcome> {
  if (key.kind === "remote")
    throw new UsageError(
      "a remote signer signs transactions alone",
      "name a keystore, or sign the profile's text with the wallet that has the key",
    )
  const profile = profileAt(path)
  const account = await openAccount(key, context)
  if (account.address.toLowerCase() !== profile.operator)
    throw new UsageError(
      `the key is that of ${account.address.toLowerCase()}`,
      `the profile's operator is ${profile.operator}`,
    )
  const signature = await account.signMessage({ message: profileText(profile) })
  replaceDurably(path, encodeProfile({ ...profile, signature }))
  context.terminal.say(`${path} is signed by ${profile.operator}`)
  return {}
}
