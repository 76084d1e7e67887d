import { html, type TemplateResult } from "lit-html"
import type { World } from "../check/check.ts"
import { hrefOf } from "../route.ts"
import { pageHead, section } from "./parts.ts"

const WORDS: readonly (readonly [word: string, meaning: string])[] = [
  ["device", "a meter with a key of its own: it signs what it read of a machine's energy and work, run after run"],
  ["operator", "the account that answers for the devices and what they meter: a company that runs models"],
  ["voucher", "another account, which looked at a device and gives its word for it; it can take it back"],
  ["ledger", "all runs of one operator's devices under one voucher, in one order that cannot be changed"],
  ["run", "a stretch of a device's time with its energy and its work; each begins where the one before ended"],
  ["void run", "a run whose readings the device lost: it stands in the ledger, and counts against it"],
  ["anchored", "written into the registry, at the time of a block: from then on it cannot be made otherwise"],
  ["root, head", "digests: of one run's readings, and of a ledger up to a place. They hide what they fix"],
  [
    "certificate",
    "a run's readings with the proof that they are under its root; whoever has it shows it to whom it likes",
  ],
  ["books reach", "up to when a device has told all of its time. What comes after is owed"],
  ["behind", "time that a device owes: it was to meter, and has not told"],
  ["blind", "time that a device could not meter, and says so"],
  ["tally", "all runs of ledgers over a period, added up in the open, the unopened and void ones counted"],
  [
    "claim",
    "a number of a tally between bounds, proved in zero knowledge: true of all its runs, none of which is shown",
  ],
  ["boundary", "where the meter sits: at the gpu, the node, the rack or the facility. What is outside is not counted"],
]

const BADGES: readonly (readonly [badge: string, meaning: string])[] = [
  [
    "Checked here, now",
    "a proof was judged valid in this page, and each number of the page's head is the one it proves",
  ],
  [
    "The chain says something else",
    "the proof is valid, and the page was about to show another number: both are named",
  ],
  ["The proof does not hold", "what was handed out as a proof is none"],
  ["Not decided", "your policy does not know the block, or your nodes do not have it as final"],
  ["Could not be checked", "no proof was to be had"],
  ["Not checked: as … says", "a list or a drawing on somebody's word. Its rows lead to pages that are checked"],
]

const list = (items: readonly (readonly [string, string])[]) =>
  html`<dl class="facts">${items.map(([name, meaning]) => html`<dt>${name}</dt><dd>${meaning}.</dd>`)}</dl>`

/** What a reader who knows nothing needs for all other pages. */
export const aboutPage = ({
  books,
}: Pick<World, "books">): TemplateResult => html`${pageHead("About", "What these books are")}
  <p class="lead">Operators of AI models let devices meter what their machines take, and anchor the readings in a public registry: sealed, so that nothing can be changed or left out later without being seen. What they then say of their energy can be held against it.</p>
  ${section("The words", list(WORDS))}
  ${section("What the badge says", list(BADGES))}
  ${section(
    "Whom this page believes",
    html`<p>It reads ${books.source}, and holds what it was told to proofs, by the same verifier as the command. For which blocks are those of the chain it takes the word of whoever gave the proof, until you name nodes or a policy of your own in <a href=${hrefOf({ page: "settings" })}>Settings</a>.</p>
    <p>A proof shows that what is shown is in the registry. It does not show that an operator has no other machines, or that a device sits where it should: that is what the voucher's word is for, and it is named.</p>
    <p>Nothing here counts you, sets a cookie or loads anything from elsewhere.</p>`,
  )}`
