import { html, type TemplateResult } from "lit-html"

/** The sign of these books. */
export const MARK: TemplateResult = html`<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" /><path d="M6 10l4.6 13L16 12l5.4 11L26 10" /></svg>`
