import { Rejection, visible } from "@wattest/protocol"
import { kindOf, SNIFFED_BYTES } from "../src/judge.ts"
import { renderForeign } from "../src/report/page/verdict.ts"
import { controlOf } from "./form.ts"
import type { Answer, Chosen, Report, Task } from "./messages.ts"
import { BELIEF_FIELDS, EMPTY_POLICY, readPolicy, secondsOf, withBelief, withSetting } from "./policy-form.ts"
import { SETTINGS } from "./settings.ts"

/** The page: choosing, saying what is believed, waiting, and the report. All judging is the worker's. */

declare const WORKER_SOURCE: string

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`)
  return found
}

const input = (id: string) => element(id, HTMLInputElement)
const button = (id: string) => element(id, HTMLButtonElement)
const box = (id: string) => element(id, HTMLElement)
const policyText = element("policy", HTMLTextAreaElement)

let chosen: readonly Chosen[] = []
const WRITTEN = "written on this page"
/** Where the policy's text came from. */
let origin = WRITTEN
const CHANGED = ", changed on this page"
/** Choices of files that are still being read: one of them may be the policy. */
let reading = 0
let worker: Worker | null = null
let report: Report | null = null
const controls = createControls()

function notice(text: string | null): void {
  box("notice").textContent = text === null ? null : visible(text)
  box("notice").hidden = text === null
}

/** Under which policy a verdict would be given: its digest is in the report, too. */
function showPolicy(): void {
  const found = readPolicy(policyText.value)
  const known = "fault" in found ? `cannot be read: ${found.fault}` : `digest ${found.digest}`
  box("in-force").textContent = visible(`Policy in force: ${origin}; ${known}`)
  for (const { show } of controls) show(policyText.value)
}

function setPolicy(text: string, from: string): void {
  policyText.value = text
  origin = from
  showPolicy()
}

const changePolicy = (text: string) =>
  setPolicy(text, origin === WRITTEN || origin.endsWith(CHANGED) ? origin : `${origin}${CHANGED}`)

/** Takes a file for what its reader believes. Nothing but the reader's own act leads here. */
async function believe(file: File): Promise<void> {
  setPolicy(await file.text(), file.name)
  element("details", HTMLDetailsElement).open = true
  const found = readPolicy(policyText.value)
  notice("fault" in found ? `${file.name}: ${found.fault}` : null)
}

function believeButton(item: Chosen): HTMLButtonElement {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: "Use as my policy" })
  made.addEventListener("click", () => {
    chosen = chosen.filter((other) => other !== item)
    showChosen()
    void whileReading(() => believe(item.file))
  })
  return made
}

function showChosen(): void {
  box("chosen").replaceChildren(
    ...chosen.map((item) => {
      const row = document.createElement("li")
      const kind = Object.assign(document.createElement("span"), {
        className: item.kind === null ? "kind unknown" : "kind",
        textContent: item.kind ?? "not ours",
      })
      const shown = visible(item.file.name)
      const name = Object.assign(document.createElement("span"), { className: "file", textContent: shown })
      const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "Remove" })
      remove.setAttribute("aria-label", `Remove ${shown}`)
      remove.addEventListener("click", () => {
        chosen = chosen.filter((other) => other !== item)
        showChosen()
      })
      row.append(kind, name, ...(item.kind === "policy" ? [believeButton(item)] : []), remove)
      return row
    }),
  )
}

async function whileReading(read: () => Promise<void>): Promise<void> {
  notice(null)
  reading++
  showReady()
  await read().finally(() => {
    reading--
    showReady()
  })
}

async function bytesIn(file: File, from: number, to: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(Math.max(0, from), to).arrayBuffer())
}

/** A policy that comes with documents may be their sender's: it is shown, and not believed. */
async function readDocuments(files: Iterable<File>): Promise<void> {
  for (const file of files) {
    const kind = kindOf(
      await bytesIn(file, 0, SNIFFED_BYTES),
      await bytesIn(file, file.size - SNIFFED_BYTES, file.size),
    )
    chosen = [...chosen.filter((other) => other.file.name !== file.name), { file, kind }]
    if (kind === "policy") notice(`${file.name} is a policy. It is not used unless you say that it is yours.`)
  }
  showChosen()
}

const choose = (files: Iterable<File>) => whileReading(() => readDocuments(files))

/** Changes the policy, or says why that cannot be. */
function tryChange(change: () => string): boolean {
  try {
    changePolicy(change())
    notice(null)
    return true
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    notice(`This cannot be added: ${error.message}`)
    showPolicy()
    return false
  }
}

/** A chain alone says nothing: it stays in its field for what is added next. */
const ADDED = BELIEF_FIELDS.filter((id) => id !== "chain")

function addBelief(): boolean {
  const belief = Object.fromEntries(BELIEF_FIELDS.map((id) => [id, input(id).value.trim()]))
  if (ADDED.every((id) => belief[id] === "")) return true
  const isAdded = tryChange(() => withBelief(policyText.value, belief))
  if (isAdded) for (const id of ADDED) input(id).value = ""
  return isAdded
}

/** The controls of all settings, each in its part of the form. */
function createControls() {
  return Object.entries(SETTINGS).flatMap(([group, settings]) =>
    settings.map((setting) => {
      const control = controlOf(setting, ({ path }, read) =>
        tryChange(() => withSetting(policyText.value, path, read())),
      )
      box(`settings-${group}`).append(control.node)
      return control
    }),
  )
}

/** Nothing is judged under a policy that the page is about to replace. */
function showReady(): void {
  button("verify").disabled = reading > 0 || worker !== null
}

function busy(isBusy: boolean): void {
  showReady()
  button("cancel").hidden = !isBusy
  box("progress").hidden = !isBusy
  if (isBusy) element("bar", HTMLProgressElement).removeAttribute("value")
  box("doing").textContent = ""
}

function stop(): void {
  worker?.terminate()
  worker = null
  busy(false)
}

function show(answer: Report): void {
  report = answer
  showOutcome(answer.body, `The verdict is ${answer.status}.`)
}

function showOutcome(body: string, heard: string): void {
  // Markup of the report's own renderer, which escapes every text of a document.
  box("report").innerHTML = body
  box("desk").hidden = true
  box("outcome").hidden = false
  for (const id of ["save-html", "save-json"]) button(id).hidden = report === null
  box("verdict").textContent = heard
  box("outcome").focus()
  scrollTo(0, 0)
}

function hear(answer: Answer): void {
  if (answer.kind === "progress") {
    element("bar", HTMLProgressElement).value = answer.done / Math.max(1, answer.total)
    box("doing").textContent =
      `${visible(answer.name)}: ${Math.floor((100 * answer.done) / Math.max(1, answer.total))} %`
    return
  }
  stop()
  if (answer.kind === "report") show(answer)
  else notice(`${answer.what}. ${answer.hint}`)
}

function verify(): void {
  if (!addBelief()) return
  const documents = chosen.filter(({ kind }) => kind !== null && kind !== "policy")
  const time = timeOnReport()
  if (time === undefined) return
  if (documents.length > 0) judge({ documents, policy: policyText.value, time })
  else if (chosen.some(({ kind }) => kind === null)) showForeign()
  else notice("Choose a certificate, a job or a presentation first.")
}

/** Unix seconds, null where the field is empty, undefined where it holds something else. */
function timeOnReport(): number | null | undefined {
  const written = input("time").value.trim()
  try {
    return written === "" ? null : secondsOf(written)
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    notice(`Time on the report: ${error.message}`)
    return undefined
  }
}

/** None of the files is ours, which is no verdict: there is no report to keep. */
function showForeign(): void {
  report = null
  showOutcome(renderForeign(chosen.map(({ file }) => file.name)), "This is no document of ours. Nothing was judged.")
}

function judge(task: Task): void {
  notice(null)
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }))
  worker = new Worker(url)
  URL.revokeObjectURL(url)
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => hear(data))
  worker.addEventListener("error", ({ message }) =>
    hear({ kind: "refused", what: `The verifier stopped: ${message}`, hint: "Try again." }),
  )
  busy(true)
  worker.postMessage(task)
}

function save(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  Object.assign(document.createElement("a"), { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

function again(): void {
  box("outcome").hidden = true
  box("desk").hidden = false
  box("verdict").textContent = ""
  input("files").focus()
}

function listenToDrops(): void {
  const drop = box("drop")
  for (const name of ["dragover", "dragleave", "drop"])
    document.addEventListener(name, (event) => {
      event.preventDefault()
      drop.classList.toggle("over", name === "dragover")
    })
  document.addEventListener("drop", ({ dataTransfer }) => void choose(dataTransfer?.files ?? []))
}

setPolicy(EMPTY_POLICY, origin)
policyText.addEventListener("input", () => changePolicy(policyText.value))
input("policy-file").addEventListener("change", async () => {
  const [file] = input("policy-file").files ?? []
  input("policy-file").value = ""
  if (file !== undefined) await whileReading(() => believe(file))
})
listenToDrops()
input("files").addEventListener("change", async () => {
  const files = [...(input("files").files ?? [])]
  // Emptied, so that the same file can be chosen again.
  input("files").value = ""
  await choose(files)
})
button("add").addEventListener("click", addBelief)
button("verify").addEventListener("click", verify)
button("cancel").addEventListener("click", stop)
button("again").addEventListener("click", again)
button("save-html").addEventListener("click", () => report && save("wattest-report.html", "text/html", report.html))
button("save-json").addEventListener(
  "click",
  () => report && save("wattest-report.json", "application/json", report.json),
)
