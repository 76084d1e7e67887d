import { html, type TemplateResult } from "lit-html"
import type { Assumption } from "./entry.ts"
import type { TableRow } from "./figures.ts"

/** A source as a link, or as the path of a page of the project. */
export const sourceOf = ({ title, link }: Assumption["source"]): TemplateResult =>
  link.startsWith("https://")
    ? html`<a href=${link} rel="noreferrer">${title}</a>`
    : html`${title} (<code>${link}</code>)`

/** How the numbers are made, and everything that they rest on without anybody having measured it. */
export const method = (assumptions: readonly Assumption[], rows: readonly TableRow[]): TemplateResult => html`
  <section id="method" aria-labelledby="method-title">
    <h2 id="method-title">How the numbers are made</h2>
    <ul>
      <li><b>Joules per unit</b> is the energy inside the boundary through the units made in that time, or the quotient as its source gives it.</li>
      <li><b>Per accepted unit</b> the same energy is divided by what a stated rule accepted. What was thrown away took energy too.</li>
      <li><b>±</b> is half the width of an interval: of a measured row, the meter's own uncertainty, the time between readings and silence of the log, added up as the protocol's meter does. A row without ± has none published. That is no small one.</li>
      <li><b>Boundary</b>: gpu, node, rack or facility. Rows of different boundaries, tasks or units are never ranked against each other: stars and front are among comparable rows alone.</li>
      <li><b>Proved</b>: a certificate is in the table's folder, and the verifier called it valid when the table was checked. <b>Measured elsewhere</b>: somebody metered it and published; nobody signed it at the meter. <b>Estimated</b>: nobody who published it shows a meter.</li>
      <li><b>Stars</b>: the AI Energy Score publishes two rules, five equal sections of the range and fifths of the models, which give different stars. The table says which one is chosen. They are stars among the rows here, and not those of the Score, which is of its own prompts on its own boards.</li>
      <li><b>Front</b>: rows that no other certainly beats, in energy without loss of quality or in quality without more energy. Intervals that overlap decide nothing.</li>
    </ul>
    <h3>Assumptions</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Assumptions">
      <table>
        <thead><tr><th scope="col">Assumption</th><th scope="col">Source</th><th scope="col">Confidence</th><th scope="col">Rows</th></tr></thead>
        <tbody>
          ${assumptions.map(
            ({ id, statement, source, confidence }) => html`<tr id="assumption-${id}">
              <td>${statement}</td><td>${sourceOf(source)}</td><td>${confidence}</td>
              <td class="number">${rows.filter(({ entry }) => entry.assumptions.includes(id)).length}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`
