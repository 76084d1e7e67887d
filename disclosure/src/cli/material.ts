import { type Context, closest, readAtMost, UsageError } from "@wattest/command"
import {
  decodeUtf8,
  encodeDocument,
  type Hex,
  MAX_PROFILE_BYTES,
  type Profile,
  parsePlainText,
  parseProfile,
  plural,
  profileDigest,
  profileText,
  Rejection,
} from "@wattest/protocol"
import { accountThatSigned } from "@wattest/protocol/account"
import type { Policy } from "@wattest/verifier"
import { type JudgedDocument, judgeEach, readPolicy } from "@wattest/verifier/files"
import { type Books, booksOf } from "../books/entry.ts"
import { readFactors } from "../books/factor.ts"
import { financialYear } from "../books/period.ts"
import type { Material, Subject } from "../figures/world.ts"
import type { Days } from "../filing.ts"

/** Options that every command has which judges documents for a profile. */
export type MaterialOptions = {
  readonly policy: string
  readonly profile: string
  readonly factors: string | undefined
  readonly year: number | undefined
  readonly from: string | undefined
  readonly to: string | undefined
  readonly "as-of": number | undefined
  readonly "previous-as-of": number | undefined
  readonly issuer: readonly Hex[]
  readonly witness: readonly Hex[]
  readonly offline: boolean
}

export type Prepared = {
  readonly material: Material
  readonly policy: Policy
  readonly signer: Hex | null
}

/** Names that a hint lists. */
const MOST_NAMED = 20
/** Time for the questions of one document to nodes. */
const NODES_DEADLINE_MS = 300_000

/**
 * A profile, whoever signed it, however its JSON is spelled: people edit it, and digest and signature are over the one
 * canonical spelling. Throws a UsageError where the file holds none.
 */
export function profileAt(path: string): Profile {
  try {
    const written = parsePlainText(decodeUtf8(readAtMost(path, MAX_PROFILE_BYTES), MAX_PROFILE_BYTES))
    return parseProfile(encodeDocument(written))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(
      `${path}: ${error.message}`,
      "wattest disclose init writes a profile; docs/disclosure.md shows its fields",
    )
  }
}

/** A profile, and the account that signed it. Throws a UsageError where it is none, or signed by nobody that it names. */
export function readProfile(path: string): { readonly profile: Profile; readonly signer: Hex | null } {
  const profile = profileAt(path)
  const { signature, operator } = profile
  const signer = signature === undefined ? null : accountThatSigned(profileText(profile), signature)
  if (signature !== undefined && signer !== operator)
    throw new UsageError(
      `${path} is not signed by its operator ${operator}`,
      "it was changed after it was signed: sign it again, with wattest disclose sign",
    )
  return { profile, signer }
}

/** The days that a command speaks of. Throws a UsageError. */
export function daysOf({ year, from, to }: Pick<MaterialOptions, "year" | "from" | "to">, begins: string): Days {
  if (from !== undefined && to !== undefined) {
    if (year !== undefined) throw new UsageError("--year and --from name two periods", "leave one of them out")
    if (from > to) throw new UsageError("--from is later than --to", "a period ends with its last day")
    return { from, to }
  }
  if (from !== undefined || to !== undefined)
    throw new UsageError("a period has two ends", "give --from and --to, or --year")
  if (year === undefined) throw new UsageError("no period is named", "give --year, or --from and --to")
  return financialYear(`${year}-${begins}`, begins)
}

/** A name that nobody knows is a typing error, and would be filed as nothing. Throws a UsageError with the nearest one. */
function checkName(name: string, names: readonly string[], detail: string, said: string, most = names.length): void {
  if (names.includes(name)) return
  const near = closest(name, names)
  const known = names.slice(0, most).join(", ") || "none"
  throw new UsageError(
    `${detail} ${JSON.stringify(name)}`,
    near === null ? `${said} ${known}` : `did you mean ${near}?`,
  )
}

/** Throws a UsageError where a filing would be of a site that the profile does not have. */
function checkSite(subject: Subject | null, { sites }: Profile): void {
  if (subject?.kind !== "site") return
  const names = sites.map(({ id }) => id)
  checkName(subject.name, names, "the profile has no site", "its sites are")
}

/** Throws a UsageError where a filing would be of a job or a model that neither documents nor profile know. */
function checkKnown(subject: Subject | null, { entries }: Books, { products = [] }: Profile): void {
  if (subject?.kind !== "job" && subject?.kind !== "model") return
  const { kind, name } = subject
  const sold = kind === "model" ? products.map(({ model }) => model) : []
  const names = [...new Set([...sold, ...entries.map((entry) => entry[kind])])].filter((one) => one !== "").sort()
  checkName(name, names, `no document is of ${kind}`, "they are of", MOST_NAMED)
}

/** Judges what paths name, and says how far that is. */
export async function judgeAll(
  paths: readonly string[],
  policy: Policy,
  offline: boolean,
  { terminal, json }: Context,
) {
  const documents: JudgedDocument[] = []
  for await (const one of judgeEach({ paths, policy, offline, nodesDeadlineMs: NODES_DEADLINE_MS })) {
    documents.push(one)
    if (!json && documents.length % 100 === 0) terminal.say(`${plural(documents.length, "document")} judged`)
  }
  const valid = documents.filter(({ verdict }) => verdict.status === "valid").length
  if (!json) terminal.say(`${plural(documents.length, "document")} judged, ${valid} valid`)
  return documents
}

/** Reads and judges everything that a filing is made of. */
export async function prepare(
  paths: readonly string[],
  options: MaterialOptions,
  subject: Subject | null,
  context: Context,
): Promise<Prepared> {
  const policy = readPolicy(options.policy)
  const { profile, signer } = readProfile(options.profile)
  const factors = options.factors === undefined ? null : readFactors(options.factors)
  const days = daysOf(options, profile.entity.financialYearBegins)
  checkSite(subject, profile)
  const earlier = options["previous-as-of"]
  if (earlier !== undefined && earlier >= (options["as-of"] ?? Number.POSITIVE_INFINITY))
    throw new UsageError(
      "--previous-as-of is not earlier than --as-of",
      "the statement that is corrected is the earlier one",
    )
  const documents = await judgeAll(paths, policy, options.offline, context)
  const books = booksOf(documents)
  checkKnown(subject, books, profile)
  const material: Material = {
    ...{ books, profile, profileDigest: profileDigest(profile), factors, days },
    ...{ asOf: options["as-of"] ?? null, subject: subject ?? { kind: "entity", name: profile.entity.name } },
    ...{ issuers: options.issuer, witnesses: options.witness, missingPercent: policy.claims.missingPercent },
    vouchers: policy.vouchers,
  }
  return { material, policy, signer }
}
