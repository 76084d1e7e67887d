import { visible } from "@wattest/protocol"

/** Markup that is safe to insert: made by {@link html} alone. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = Markup | readonly Markup[] | string | number | null

const ESCAPES: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

function textOf(part: Part | undefined): string {
  if (part === null || part === undefined) return ""
  if (part instanceof Markup) return part.text
  if (typeof part === "object") return part.map(({ text }) => text).join("")
  return visible(String(part)).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "")
}

/** A template whose parts are escaped and made visible unless they are markup: documents are written by the adversary. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((literal, i) => literal + textOf(parts[i])).join(""))
}
