import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Entry, Filing, Material } from "@wattest/disclosure"
import type { Product } from "@wattest/protocol"
import { Ajv2020 } from "ajv/dist/2020.js"
import addFormats from "ajv-formats"
import { parse } from "yaml"
import { energy, entry, filed, materialOf, profileOf } from "./scene.ts"

/** The published OpenAPI of PACT 3.0.4: its licence lets it be read, and no registry of packages has it. */
export const OPENAPI = join(import.meta.dirname, "../../../shared/data/pact-3/openapi-3.0.4.yaml")

/** What the published OpenAPI refuses in a value of one of its schemas: paths and reasons, none where it is valid. */
export function createPactJudge(): (schema: string, value: unknown) => readonly string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addFormat("decimal", /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/)
  ajv.addFormat("urn", /^urn:/i)
  ajv.addSchema({ ...parse(readFileSync(OPENAPI, "utf8")), $id: "pact" })
  return (schema, value) => {
    ajv.validate(`pact#/components/schemas/${schema}`, value)
    return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`)
  }
}

export const productWith = (given: Partial<Product> = {}): Product => ({
  ...{ model: "m", name: "Example Chat", description: "Answers of a language model, as a service" },
  ...{ companyIds: ["urn:pact:example.com:company:1"], productIds: ["urn:pact:example.com:product-id:chat"] },
  ...{ classifications: [], declaredUnit: { measure: "piece", amount: "1000000", work: "token" } },
  geography: { level: "country", name: "CH" },
  ...{ assessmentReports: ["AR6"], standards: ["PACT-3.0"], boundaryProcesses: "Electricity of inference" },
  ...{ allocation: "by tokens", exemptedPercent: "20", exemptedDescription: "making of hardware" },
  ...{ packagingIncluded: false, dataQuality: { technological: "1", geographical: "1", temporal: "2" } },
  ...given,
})

/** A run of 2 MWh, 90 kg and 450 million tokens: 0.2 kg for a million. */
export const served = entry({
  fed: new Set(["carbon", "work"]),
  registers: { ...energy(2n), carbonMilligrams: 90_000_000n, workUnits: 450_000_000n },
})

export const materialWith = (products: readonly Product[], entries: readonly Entry[] = [served]): Material =>
  materialOf(entries, { profile: profileOf({ products }), subject: { kind: "model", name: "m" } })

export const pactFiling = (product: Partial<Product> = {}, entries = [served]): Filing =>
  filed("pact-3-category-1.1", materialWith([productWith(product)], entries))
