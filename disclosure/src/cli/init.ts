import { hash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { openAccount } from "@wattest/chain"
import { type Context, type KeyReference, type Outcome, replaceDurably, UsageError } from "@wattest/command"
import {
  encodeProfile,
  type Hex,
  type Instrument,
  PROFILE_TYPE,
  type Profile,
  parsePlainText,
  parseProfile,
  profileText,
  Rejection,
  visible,
} from "@wattest/protocol"
import { readPolicy } from "@wattest/verifier/files"
import { booksOf, type Entry } from "../books/entry.ts"
import { isTextName } from "../figures/texts.ts"
import { instrumentsOfBundles } from "../instruments/energytag.ts"
import { readStandard, standardIds } from "../standard/read.ts"
import { judgeAll } from "./material.ts"

export type InitOptions = {
  readonly name: string | undefined
  readonly lei: string | undefined
  readonly country: string | undefined
  readonly currency: string | undefined
  readonly operator: Hex | undefined
  readonly "year-begins": string
  readonly site: readonly string[]
  readonly standard: readonly string[]
  readonly bundle: readonly string[]
  readonly policy: string | undefined
  readonly offline: boolean
  readonly out: string
}

/** What was typed, or else what a person answers. Throws a UsageError where nobody is there to ask. */
async function answered(given: string | undefined, option: string, question: string, { terminal }: Context) {
  const answer = given ?? (await terminal.ask(`${question}: `))
  if (answer === null || answer === "") throw new UsageError(`--${option} is missing`, `give --${option}: ${question}`)
  return answer
}

/** What must be reported, by questions that decide it. */
async function standardsFor(given: readonly string[], { terminal }: Context): Promise<readonly string[]> {
  if (given.length > 0) return given.map((name) => readStandard(name).id)
  const questions = [
    ["Do you report by the CSRD (more than 1,000 employees and 450 M€ turnover)?", "esrs-set1-2023-12-22"],
    ["Do banks or customers ask you for the voluntary standard for SMEs?", "vsme-2025-07-30"],
    ["Do you do business in California, with more than 1 G$ of revenue?", "sb253-xbrl-us-2025"],
    ["Do you run a data centre in the EU with at least 500 kW of IT power?", "eu-2024-1364"],
    ["Do you provide a general-purpose AI model in the EU?", "ai-act-annex-xi"],
    ["Do customers ask you for footprints of what they buy from you?", "pact-3-category-1.1"],
    ["Do you have a target by the SBTi?", "sbti-cnzs-2.0"],
  ] as const
  const chosen: string[] = []
  for (const [question, id] of questions)
    if (/^y/i.test((await terminal.ask(`${question} (y/n) `)) ?? "")) chosen.push(id)
  if (chosen.length === 0)
    throw new UsageError("no standard was chosen", `give --standard: one of ${standardIds().join(", ")}`)
  return chosen
}

/** `ID=ZONE`, or `ID=ZONE=COUNTRY` where the site is in another country than the entity. */
function siteOf(text: string, country: string): Profile["sites"][number] {
  const [id = "", zone = "", other = country] = text.split("=")
  if (id === "" || zone === "")
    throw new UsageError(`--site: ${JSON.stringify(text)} names no site and zone`, "write ID=ZONE")
  return { id, address: "", municipality: "", country: other, zone, dataCentre: null }
}

/** Sites and meters as the entity's own certificates show them: where each device signed to stand, since its first run. */
function shownBy(entries: readonly Entry[], given: readonly Profile["sites"][number][], country: string) {
  const known = new Set(given.map(({ id }) => id))
  const found = [...Map.groupBy(entries, ({ site }) => site)].filter(([site]) => site !== "" && !known.has(site))
  const sites = [...given, ...found.map(([site, own]) => siteOf(`${site}=${own[0]?.zone || "unknown"}`, country))]
  const placed = new Set(sites.map(({ id }) => id))
  const devices = [...Map.groupBy(entries, ({ device }) => device)]
  const meters = devices.flatMap(([device, own]) => {
    const site = own.at(-1)?.site ?? ""
    const from = new Date(Math.min(...own.map(({ startMs }) => startMs))).toISOString().slice(0, 10)
    return placed.has(site) ? [{ device, site, within: null, from, to: null }] : []
  })
  return { sites, meters }
}

async function entriesOf(
  paths: readonly string[],
  { policy, offline }: InitOptions,
  context: Context,
): Promise<readonly Entry[]> {
  if (paths.length === 0) return []
  if (policy === undefined) throw new UsageError("documents are judged under a policy", "give --policy FILE")
  return booksOf(await judgeAll(paths, readPolicy(policy), offline, context)).entries
}

function bundlesOf(paths: readonly string[]): readonly Instrument[] {
  return paths.flatMap((path) => {
    const bytes = readFileSync(path)
    try {
      return instrumentsOfBundles(parsePlainText(bytes.toString("utf8")), `0x${hash("sha256", bytes, "hex")}`)
    } catch (error) {
      if (!(error instanceof Rejection)) throw error
      throw new UsageError(
        `${path}: ${error.message}`,
        "it must be a bundle of the EnergyTag registry API, or a list of them",
      )
    }
  })
}

/** What each chosen standard needs beside certificates, and what to type for it. */
function planOf(ids: readonly string[], profile: Profile) {
  const standards = ids.map((id) => {
    const { title, subject, lines } = readStandard(id)
    const names = {
      entity: [""],
      site: profile.sites.map((site) => ` --site ${JSON.stringify(site.id)}`),
      job: [" --job JOB"],
      model: [" --model MODEL"],
    }
    return {
      ...{ id, title, subject, lines: lines.length },
      figures: [...new Set(lines.map(({ figure }) => figure).filter((figure) => !isTextName(figure)))],
      commands: names[subject].map(
        (name) =>
          `wattest disclose file ${id} certificates --policy policy.json --profile profile.json --year YEAR${name} --out ${id}.json`,
      ),
    }
  })
  return { mediaType: "application/vnd.wattest.disclosure-plan.v1+json", standards }
}

function checked(profile: Profile): Uint8Array {
  try {
    const bytes = encodeProfile(profile)
    parseProfile(bytes)
    return bytes
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(error.message, "nothing was written; mend what was typed")
  }
}

/** `init`: profile and plan, from what is typed, answered, and shown by certificates. */
export async function init(paths: readonly string[], options: InitOptions, context: Context): Promise<Outcome> {
  const [profileFile, planFile] = [join(options.out, "profile.json"), join(options.out, "plan.json")]
  if (existsSync(profileFile))
    throw new UsageError(`${profileFile} is there already`, "edit it, or name another folder with --out")
  const name = await answered(options.name, "name", "legal name of the entity", context)
  const country = await answered(options.country, "country", "country, two letters", context)
  const currency = await answered(options.currency, "currency", "currency, three letters", context)
  const operator = (
    await answered(options.operator, "operator", "account that owns the ledgers", context)
  ).toLowerCase() as Hex
  const standards = await standardsFor(options.standard, context)
  const entries = (await entriesOf(paths, options, context)).filter((entry) => entry.operator === operator)
  const { sites, meters } = shownBy(
    entries,
    options.site.map((site) => siteOf(site, country)),
    country,
  )
  const profile: Profile = {
    ...{ mediaType: PROFILE_TYPE, operator, sites, meters, suppliers: [], declared: [] },
    entity: {
      ...{ name, lei: options.lei ?? null, country, currency, consolidation: "operational-control", share: "1" },
      financialYearBegins: options["year-begins"],
    },
    instruments: bundlesOf(options.bundle),
  }
  replaceDurably(profileFile, checked(profile))
  const plan = planOf(standards, profile)
  replaceDurably(planFile, `${JSON.stringify(plan, null, 2)}\n`)
  const said = plan.standards.flatMap(({ title, commands }) => [title, ...commands.map((command) => `  ${command}`)])
  context.terminal.print(
    context.json
      ? `${JSON.stringify({ profile: profileFile, plan: planFile, sites: sites.length, meters: meters.length })}\n`
      : [`${profileFile}: ${sites.length} sites, ${meters.length} meters`, planFile, ...said]
          .map((line) => `${visible(line)}\n`)
          .join(""),
  )
  return { next: `disclose sign ${profileFile} --key KEY` }
}

/** `sign`: the operator's account puts its signature under a profile, in place. */
export async function sign(path: string, key: KeyReference, context: Context): Promise<Outcome> {
  if (key.kind === "remote")
    throw new UsageError(
      "a remote signer signs transactions alone",
      "name a keystore, or sign the profile's text with the wallet that has the key",
    )
  const { signature: _, ...profile } = parseProfile(readFileSync(path))
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
