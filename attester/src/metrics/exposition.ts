/** One series: the values of its labels, and its number as decimal text. */
export type Sample = { readonly labels?: { readonly [label: string]: string }; readonly value: string }

/** What is shown under one name. */
export type Family = {
  readonly name: string
  readonly help: string
  readonly type: "counter" | "gauge"
  readonly samples: readonly Sample[]
}

/** Type of the page: Prometheus' text format. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

const escapedHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
const escapedLabel = (text: string): string => escapedHelp(text).replaceAll('"', '\\"')

function line(name: string, { labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapedLabel(text)}"`)
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`
}

/** The page: of each family help, type and series; one without series is left out, since none of them is zero. */
export function exposition(families: readonly Family[]): string {
  const lines = families
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, type, samples }) => [
      `# HELP ${name} ${escapedHelp(help)}`,
      `# TYPE ${name} ${type}`,
      ...samples.map((sample) => line(name, sample)),
    ])
  return `${lines.join("\n")}\n`
}

/** A whole number of thousandths, exact, in decimal notation. */
export function inThousands(thousandths: bigint): string {
  const fraction = (thousandths % 1000n).toString().padStart(3, "0").replace(/0+$/, "")
  return `${thousandths / 1000n}${fraction === "" ? "" : `.${fraction}`}`
}
