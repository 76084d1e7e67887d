import { ValueError } from "@wattest/command"
import { CONSOLIDATIONS, type Hex, isLei, type Profile, readAddress } from "@wattest/protocol"
import type { Question } from "./question.ts"

const name: Question<string> = {
  ...{ option: "name", asked: "Legal name of the entity" },
  help: "as in the commercial register and in the report; instruments are cancelled for this name or the LEI",
  read: (answer) => answer,
}

const lei: Question<string | null> = {
  ...{ option: "lei", asked: "Legal entity identifier (LEI)", otherwise: "none" },
  help: "20 letters and digits that end in two check digits, to be found at search.gleif.org; XBRL reports need it, nothing else does",
  read: (answer) => {
    if (answer === "none") return null
    const written = answer.toUpperCase()
    if (!isLei(written))
      throw new ValueError("is no LEI", "write its 20 signs, of which the last two are check digits, or none")
    return written
  },
}

/** Throws a ValueError. */
export function readCountry(answer: string): string {
  const written = answer.toUpperCase()
  const hint = "write the two letters of ISO 3166, such as CH or DE"
  if (!/^[A-Z]{2}$/.test(written)) throw new ValueError("is no country code", hint)
  const { region } = new Intl.Locale(`und-${written}`)
  if (region !== written) throw new ValueError("is no code of ISO 3166", `did you mean ${region}?`)
  const known = new Intl.DisplayNames("en", { type: "region", fallback: "none" }).of(written)
  if (known === undefined || written === "ZZ") throw new ValueError("is no country", hint)
  return written
}

const country: Question<string> = {
  ...{ option: "country", asked: "Country of the entity, two letters" },
  help: "by ISO 3166, such as CH; sites may be in others",
  read: readCountry,
}

const currency: Question<string> = {
  ...{ option: "currency", asked: "Currency of its accounts, three letters" },
  help: "by ISO 4217, such as EUR; net revenue is declared in it, and intensities are for each unit of it",
  read: (answer) => {
    const written = answer.toUpperCase()
    if (!Intl.supportedValuesOf("currency").includes(written))
      throw new ValueError("is no currency", "write the three letters of ISO 4217, such as EUR or CHF")
    return written
  },
}

const operator: Question<Hex> = {
  ...{ option: "operator", asked: "Account that owns the entity's ledgers, 0x…" },
  help: "the operator's address that the entity's devices are enrolled for, as wattest status shows it; it signs the profile",
  read: (answer) => {
    const address = readAddress(answer)
    if (address === null)
      throw new ValueError(
        "is no address",
        "write 0x and 40 hexadecimal digits; mixed case must hold the check sum of EIP-55",
      )
    return address
  },
}

const yearBegins: Question<string> = {
  ...{ option: "year-begins", asked: "First day of the financial year, MM-DD", otherwise: "01-01" },
  help: "such as 01-01 or 07-01; days are UTC. A year of 52 or 53 weeks has no such day: leave it, and give --from and --to when you file",
  read: (answer) => {
    const time = new Date(`2023-${answer}T00:00:00Z`)
    const isDay = !Number.isNaN(time.getTime()) && time.toISOString().slice(5, 10) === answer
    if (!isDay) throw new ValueError("is no day of every year", "write month and day, such as 07-01")
    return answer
  },
}

type Consolidation = Profile["entity"]["consolidation"]
const consolidation: Question<Consolidation> = {
  ...{ option: "consolidation", asked: `How the group is consolidated: ${CONSOLIDATIONS.join(", ")}` },
  otherwise: "operational-control",
  help: "by control the whole counts of what the entity operates, or controls financially; by equity its share",
  read: (answer) => {
    const found = CONSOLIDATIONS.find((one) => one === answer)
    if (found === undefined)
      throw new ValueError("is no way to consolidate", `write one of ${CONSOLIDATIONS.join(", ")}`)
    return found
  },
}

const share: Question<string> = {
  ...{ option: "share", asked: "The entity's share, as a number up to 1" },
  help: "such as 0.4 for 40 %: what is the entity's is scaled by it, never a site, a job or a product",
  read: (answer) => {
    const part = Number(answer)
    if (!/^(0|1)(\.[0-9]{1,9})?$/.test(answer) || part <= 0 || part > 1)
      throw new ValueError("is no share", "write a number above 0 and at most 1, such as 0.4")
    return answer
  },
}

/** The questions of who the entity is, in the order in which they are asked; `share` only by equity. */
export const ENTITY = { name, lei, country, currency, operator, yearBegins, consolidation, share }
