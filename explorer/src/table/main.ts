import { html, render } from "lit-html"

/** The open table: models and systems, and what a unit of their work took. */

const place = document.getElementById("app")
if (place === null) throw new Error("the page has no place")
render(html`<main class="width"><h1>The open table</h1></main>`, place)
