import type { TextName } from "./texts.ts"

/** Of a field that the profile may leave out. */
const inProfile = (field: string) => `${field} in the profile`
const ofSite = (field: string) => inProfile(`${field} of the site`)
const ofCentre = (field: string) => inProfile(`${field} of the site's data centre`)
const ofProduct = (field: string) => inProfile(`${field} of the product`)

/** What would fill a text that is missing. */
export const TEXT_NEEDS: { readonly [name in TextName]: string } = {
  "entity.name": inProfile("entity.name"),
  "entity.lei": inProfile("entity.lei"),
  "entity.country": inProfile("entity.country"),
  "entity.consolidation": inProfile("entity.consolidation"),
  "site.name": "--site: which site of the profile the filing is about",
  "site.address": ofSite("address"),
  "site.municipality": ofSite("municipality"),
  "site.country": ofSite("country"),
  "site.zone": ofSite("zone"),
  "site.owner": ofCentre("owner"),
  "site.operator": ofCentre("operator"),
  "site.type": ofCentre("type"),
  "site.ups": ofCentre("upsPresent"),
  "site.grid-functions": ofCentre("gridFunctions"),
  "site.refrigerants": ofCentre("refrigerants"),
  "period.from": "the first day of the period",
  "period.to": "the last day of the period",
  "subject.name": "--job, --model or --site: what the filing is about",
  "work.unit": "certificates of runs that counted work",
  "product.name": ofProduct("name"),
  "product.description": ofProduct("description"),
  "product.company-ids": ofProduct("companyIds"),
  "product.ids": ofProduct("productIds"),
  "product.classifications": ofProduct("classifications"),
  "product.unit": ofProduct("declaredUnit.measure"),
  "product.unit-amount": ofProduct("declaredUnit.amount"),
  "product.geography-level": ofProduct("geography.level"),
  "product.geography": ofProduct("geography.name"),
  "product.countries": "runs of the product at sites that the profile has, each with its country",
  "product.assessment-reports": ofProduct("assessmentReports"),
  "product.standards": ofProduct("standards"),
  "product.boundary-processes": ofProduct("boundaryProcesses"),
  "product.allocation": ofProduct("allocation"),
  "product.exempted-percent": ofProduct("exemptedPercent"),
  "product.exempted-description": ofProduct("exemptedDescription"),
  "product.packaging-included": ofProduct("packagingIncluded"),
  "product.dqr-technological": ofProduct("dataQuality.technological"),
  "product.dqr-geographical": ofProduct("dataQuality.geographical"),
  "product.dqr-temporal": ofProduct("dataQuality.temporal"),
  "job.method": "certificates of the job's runs",
  "job.model": "certificates of the job's runs, each with its model",
  "job.from": "certificates of the job's runs",
  "job.to": "certificates of the job's runs",
  "job.zones": "certificates of the job's runs, each with the zone of its grid",
  "carbon.method": "certificates with signed intensities, or --factors",
  "own-words": "the entity's own words, in the report itself: no document and no profile holds them",
  "instruments.bundling":
    "instruments in the profile that back metered consumption, each with whether it was bought with its electricity",
  "instruments.kinds":
    "instruments in the profile that back metered consumption: granular certificates, guarantees of origin, contracts",
}
