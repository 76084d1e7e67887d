import type { Product } from "@wattest/protocol"
import { countriesOf, productOf } from "./footprint.ts"
import type { World } from "./world.ts"

/** A field of the product that the filing is about; null where there is no such product, or it leaves the field out. */
const field =
  (pick: (product: Product) => string | undefined) =>
  (world: World): string | null => {
    const product = productOf(world)
    return (product && pick(product)) || null
  }

/** Texts of a product footprint. Lists are written with spaces between, which none of their items holds. */
export const PRODUCT_TEXTS = {
  "product.name": field(({ name }) => name),
  "product.description": field(({ description }) => description),
  "product.company-ids": field(({ companyIds }) => companyIds.join(" ")),
  "product.ids": field(({ productIds }) => productIds.join(" ")),
  "product.classifications": field(({ classifications }) => classifications.join(" ")),
  "product.unit": field(({ declaredUnit }) => declaredUnit.measure),
  "product.unit-amount": field(({ declaredUnit }) => declaredUnit.amount),
  "product.geography-level": field(({ geography }) => geography.level),
  "product.geography": field(({ geography }) => geography.name),
  "product.countries": (world: World) => countriesOf(world)?.join(" ") ?? null,
  "product.assessment-reports": field(({ assessmentReports }) => assessmentReports.join(" ")),
  "product.standards": field(({ standards }) => standards.join(" ")),
  "product.boundary-processes": field(({ boundaryProcesses }) => boundaryProcesses),
  "product.allocation": field(({ allocation }) => allocation),
  "product.exempted-percent": field(({ exemptedPercent }) => exemptedPercent),
  "product.exempted-description": field(({ exemptedDescription }) => exemptedDescription),
  "product.packaging-included": field(({ packagingIncluded }) => `${packagingIncluded}`),
  "product.dqr-technological": field(({ dataQuality }) => dataQuality?.technological),
  "product.dqr-geographical": field(({ dataQuality }) => dataQuality?.geographical),
  "product.dqr-temporal": field(({ dataQuality }) => dataQuality?.temporal),
} as const satisfies { readonly [name: string]: (world: World) => string | null }
