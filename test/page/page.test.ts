import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { encodeDocument, toJson } from "@wattest/protocol"
import { idOf, jobBytes, tellJob, withoutDevice } from "@wattest/testkit/conformance/job"
import { tell } from "@wattest/testkit/conformance/story"
import { skip } from "@wattest/testkit/skip"
import type { Browser } from "playwright-core"
import { renderPage } from "../../scripts/page/render.ts"
import { choose, NO_BROWSER, openBrowser, openPage, verdictOf, verify } from "./browser.ts"
import { faintTexts, overflowOf, unfold } from "./looks.ts"

const CASES = "conformance/cases"
const filesOf = (name: string, ...files: string[]) => files.map((file) => join(CASES, name, file))
const VALID = filesOf("valid-evidence", "certificate.json", "evidence-0.ndjson", "policy.json")
const CAPTURES = process.env.WATTEST_DEPTH === "deep" ? 86_400 : 4_000

describe("the verifier's page", function () {
  this.timeout(900_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-page-"))
  const file = join(folder, "index.html")
  const fromDisk = pathToFileURL(file).href
  let browser: Browser
  let server: Server
  let fromHost: string

  before(async function () {
    if (NO_BROWSER !== null) skip(this, NO_BROWSER)
    const html = await renderPage()
    writeFileSync(file, html)
    server = createServer((_, response) => response.setHeader("content-type", "text/html").end(html))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    fromHost = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    browser = await openBrowser()
  })
  after(() => {
    server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [name, url] of [
    ["a file system", () => fromDisk],
    ["a static host", () => fromHost],
  ] as const)
    it(`finds honest documents valid and connects to nothing, from ${name}`, async () => {
      const { page, troubles } = await openPage(browser, url())
      assert.equal(await verify(page, VALID), "The verdict is valid.")
      assert.ok(await page.getByRole("heading", { name: "Valid", exact: true }).isVisible())
      assert.deepEqual(troubles, [])
    })

  for (const name of [
    "evidence-register-lowered",
    "capture-register-changed",
    "block-made-up",
    "valid-evidence-gzip",
    "form-not-utf8",
  ])
    it(`says of ${name} what the conformance case says`, async () => {
      const { expect, evidence } = JSON.parse(readFileSync(join(CASES, name, "case.json"), "utf8"))
      const { page, troubles } = await openPage(browser, fromDisk)
      const files = filesOf(name, "certificate.json", ...evidence, "policy.json")
      assert.equal(await verify(page, files), `The verdict is ${expect.status}.`)
      const banner = (await page.locator(".verdict").textContent()) ?? ""
      if (expect.code !== undefined) assert.match(banner, new RegExp(expect.code))
      assert.deepEqual(troubles, [])
    })

  for (const name of ["presentation-better-bound", "presentation-valid", "presentation-chosen-withdrawn"])
    it(`judges the presentation of ${name}`, async () => {
      const { expect } = JSON.parse(readFileSync(join(CASES, name, "case.json"), "utf8"))
      const { page, troubles } = await openPage(browser, fromDisk)
      const files = filesOf(name, "presentation.json", "policy.json")
      assert.equal(await verify(page, files), `The verdict is ${expect.status}.`)
      const shown = (await page.locator("#report").textContent()) ?? ""
      assert.equal(/J per token/.test(shown), expect.status === "valid")
      assert.deepEqual(troubles, [])
    })

  it("judges a job with the evidence of its devices, and shows its parts", async () => {
    const told = tellJob({
      parts: [{ devices: ["left", "right"], interrupted: ["left", "right"] }, { devices: ["left", "third"] }],
    })
    const paths = { job: join(folder, "llama.job.ndjson"), policy: join(folder, "job.policy.json") }
    writeFileSync(paths.job, jobBytes(told))
    writeFileSync(paths.policy, JSON.stringify(toJson({ ...told.policy, require: ["evidence"] })))
    const evidence = told.evidence.map((lines, i) => {
      const path = join(folder, `${i}.evidence.ndjson`)
      writeFileSync(path, lines.join(""))
      return path
    })
    const judged = async (...files: readonly string[]) => {
      const { page, troubles } = await openPage(browser, fromDisk)
      const verdict = await verify(page, [...files, paths.policy])
      assert.deepEqual(troubles, [])
      return { page, verdict, shown: (await page.locator("#report").textContent()) ?? "" }
    }
    const whole = await judged(paths.job, ...evidence)
    assert.equal(whole.verdict, "The verdict is valid.")
    assert.ok(await whole.page.getByRole("heading", { name: "Parts", exact: true }).isVisible())
    assert.match(whole.shown, /failed, 2 devices: /)
    assert.match(whole.shown, new RegExp(`new in this part: ${idOf("third")}`))
    assert.match(whole.shown, /Energy to solution/)
    assert.match(whole.shown, /4 captures of device 0x[0-9a-f]{64}, run 1/)
    const lacking = await judged(paths.job, ...evidence.slice(1))
    assert.equal(lacking.verdict, "The verdict is undetermined.")
    writeFileSync(paths.job, jobBytes(withoutDevice(told, "right")))
    const short = await judged(paths.job)
    assert.equal(short.verdict, "The verdict is invalid.")
    assert.match(short.shown, /JOB_CERTIFICATE_MISSING/)
    assert.doesNotMatch(short.shown, /Energy to solution/)
  })

  it("lets names neither of boards nor of files turn the direction of writing", async () => {
    const [certificate = "", policy = ""] = filesOf("valid-names-that-steer", "certificate.json", "policy.json")
    const { page } = await openPage(browser, fromDisk)
    const file = (name: string, path: string) => ({ name, mimeType: "application/json", buffer: readFileSync(path) })
    await page.getByLabel("Drop files here").setInputFiles([file("run\u202enosj.exe", certificate)])
    await page.getByLabel("Your policy file").setInputFiles([file("my\u202epolicy.json", policy)])
    await page.getByText("my\\u{202e}policy.json").waitFor()
    await page.getByText("run\\u{202e}nosj.exe").waitFor()
    await page.getByRole("button", { name: "Verify", exact: true }).click()
    assert.equal(await verdictOf(page), "The verdict is valid.")
    const shown = (await page.locator("body").textContent()) ?? ""
    assert.match(shown, /\\u\{9b\}2J/)
    assert.doesNotMatch(shown, /[\u0080-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/)
  })

  it("judges nothing until it has read the policy that was chosen", async () => {
    const { page } = await openPage(browser, fromDisk)
    await page.evaluate(() => {
      const { text } = File.prototype
      const readOn = new Promise((resolve) => addEventListener("read on", resolve, { once: true }))
      File.prototype.text = async function () {
        await readOn
        return text.call(this)
      }
    })
    const start = page.getByRole("button", { name: "Verify", exact: true })
    await choose(page, VALID)
    assert.ok(await start.isDisabled())
    await page.evaluate(() => dispatchEvent(new Event("read on")))
    await start.click()
    assert.equal(await verdictOf(page), "The verdict is valid.")
  })

  it("does not believe a policy that came with the documents until its reader says so", async () => {
    const { page } = await openPage(browser, fromDisk)
    const inForce = page.getByLabel("Policy in force")
    const before = await inForce.textContent()
    await page.getByLabel("Drop files here").setInputFiles([...VALID])
    await page.getByText("policy.json is a policy. It is not used").waitFor()
    assert.equal(await inForce.textContent(), before)
    await page.getByRole("button", { name: "Verify", exact: true }).click()
    assert.equal(await verdictOf(page), "The verdict is unaccepted.")
    assert.match((await page.locator(".verdict").textContent()) ?? "", /CHAIN_NOT_ACCEPTED/)
    await page.getByRole("button", { name: "Verify other documents" }).click()
    await page.getByRole("button", { name: "Use as my policy" }).click()
    await page.getByText(/Policy in force: policy\.json; digest 0x[0-9a-f]{64}$/).waitFor()
    const digest = ((await inForce.textContent()) ?? "").slice(-66)
    await page.getByRole("button", { name: "Verify", exact: true }).click()
    assert.equal(await verdictOf(page), "The verdict is valid.")
    assert.ok(((await page.locator("#report").textContent()) ?? "").includes(digest))
  })

  it("believes nobody by default: without a policy nothing is valid", async () => {
    const { page } = await openPage(browser, fromDisk)
    assert.equal(await verify(page, VALID.slice(0, 2)), "The verdict is unaccepted.")
    assert.match((await page.locator(".verdict").textContent()) ?? "", /CHAIN_NOT_ACCEPTED/)
  })

  it("builds a policy from what a person writes into its fields, and says which field is wrong", async () => {
    const policy = JSON.parse(readFileSync(join(CASES, "valid-evidence/policy.json"), "utf8"))
    const [chain] = policy.chains
    const { page } = await openPage(browser, fromDisk)
    const add = page.getByRole("button", { name: "Add to the policy" })
    await page.getByLabel("Chain id", { exact: true }).fill(String(chain.chainId))
    await page.getByLabel("Registry", { exact: true }).fill("0x12")
    await add.click()
    assert.match((await page.getByRole("alert").textContent()) ?? "", /registries\[0\]/)
    await page.getByLabel("Registry", { exact: true }).fill(chain.registries[0])
    await page.getByLabel("Voucher", { exact: true }).fill(policy.vouchers[0])
    for (const { number, hash } of chain.trustedBlocks) {
      await page.getByLabel("Block number", { exact: true }).fill(number)
      await page.getByLabel("Block hash", { exact: true }).fill(hash)
      await add.click()
    }
    assert.equal(await verify(page, VALID.slice(0, 2)), "The verdict is valid.")
  })

  it("judges long evidence without freezing, shows progress, and can be cancelled", async () => {
    // Beside a certificate that is refused no evidence is read, so all of it must hold.
    const told = tell({ captures: CAPTURES })
    const documents = ["evidence.ndjson", "certificate.json", "policy.json"].map((name) => join(folder, name))
    const [evidence = "", certificate = "", policy = ""] = documents
    writeFileSync(evidence, (told.evidence[0] ?? []).join(""))
    writeFileSync(certificate, encodeDocument(told.certificate))
    writeFileSync(policy, encodeDocument(told.policy))
    const { page } = await openPage(browser, fromDisk)
    await page.evaluate(() => {
      let last = performance.now()
      document.body.dataset.longest = "0"
      setInterval(() => {
        const now = performance.now()
        document.body.dataset.longest = String(Math.max(Number(document.body.dataset.longest), now - last))
        last = now
      }, 10)
    })
    const start = page.getByRole("button", { name: "Verify", exact: true })
    await choose(page, [certificate, evidence, policy])
    await page.getByText("evidence.ndjson").waitFor()
    await start.click()
    await page.getByText(/evidence\.ndjson: \d+ %/).waitFor()
    await page.getByRole("button", { name: "Cancel" }).click()
    assert.ok(await start.isEnabled())
    await start.click()
    await verdictOf(page, 600_000)
    const longest = await page.evaluate(() => Number(document.body.dataset.longest))
    // A page that does the work itself is blocked for many seconds; this bound leaves room for a busy machine.
    assert.ok(longest < 1500, `the page did not answer for ${longest} ms`)
    assert.match((await page.locator("#report").textContent()) ?? "", /Checks of the evidence valid/)
  })

  it("is worked by keyboard alone and named for screen readers", async () => {
    const { page } = await openPage(browser, fromDisk)
    const reached = new Set<string>()
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press("Tab")
      reached.add(await page.evaluate(() => document.activeElement?.id ?? ""))
    }
    const stations = ["files", "chain", "registry", "voucher", "block", "hash", "policy-file", "add", "time", "verify"]
    assert.deepEqual(
      stations.filter((id) => !reached.has(id)),
      [],
    )
    for (const name of ["Drop files here", "Chain id", "Registry", "Voucher", "Block number", "Block hash"])
      assert.equal(await page.getByLabel(name, { exact: name !== "Drop files here" }).count(), 1, name)
    await choose(page, VALID)
    await page.getByText("evidence-0.ndjson").waitFor()
    await page.locator("#verify").focus()
    await page.keyboard.press("Enter")
    assert.equal(await verdictOf(page), "The verdict is valid.")
    assert.equal(await page.evaluate(() => document.activeElement?.id), "outcome")
  })

  it("says of what is none of ours that it is none, which is no verdict, and keeps no report", async () => {
    const { page, troubles } = await openPage(browser, fromDisk)
    const buffer = Buffer.from("%PDF-1.7 an invoice")
    const files = [{ name: "invoice.pdf", mimeType: "application/pdf", buffer }]
    await page.getByLabel("Drop files here").setInputFiles(files)
    await page.getByText("not ours").waitFor()
    await page.getByRole("button", { name: "Verify", exact: true }).click()
    await page.getByRole("heading", { name: "Not one of ours" }).waitFor()
    assert.match((await page.getByRole("status").textContent()) ?? "", /Nothing was judged/)
    assert.match((await page.locator("#report").textContent()) ?? "", /invoice\.pdf/)
    assert.ok(await page.getByRole("button", { name: "Save report" }).isHidden())
    await page.getByRole("button", { name: "Verify other documents" }).click()
    await page.getByRole("button", { name: "Remove invoice.pdf" }).click()
    assert.equal(await verify(page, VALID), "The verdict is valid.")
    assert.ok(await page.getByRole("button", { name: "Save report" }).isVisible())
    assert.deepEqual(troubles, [])
  })

  it("puts the time that its reader writes on the report, and none of its own", async () => {
    const { page } = await openPage(browser, fromDisk)
    const time = page.getByLabel("Time on the report")
    await time.fill("next week")
    await choose(page, VALID)
    const start = page.getByRole("button", { name: "Verify", exact: true })
    await start.click()
    assert.match((await page.getByRole("alert").textContent()) ?? "", /next week: expected 2027-01-31/)
    await time.fill("2027-01-31")
    await start.click()
    await verdictOf(page)
    assert.match((await page.locator("#report .stamp").textContent()) ?? "", /^2027-01-31 00:00:00 UTC, verifier/)
    await page.getByRole("button", { name: "Verify other documents" }).click()
    await time.fill("")
    await start.click()
    await verdictOf(page)
    await page.getByText(/^no time was given, verifier/).waitFor()
  })

  it("takes what is demanded and expected from its form, and judges under it", async () => {
    const { page } = await openPage(browser, fromDisk)
    await choose(page, VALID)
    await unfold(page)
    await page.getByLabel("Bound", { exact: true }).fill("energy-per-work <= 1 J/token")
    const start = page.getByRole("button", { name: "Verify", exact: true })
    await start.click()
    assert.equal(await verdictOf(page), "The verdict is unaccepted.")
    assert.match((await page.locator(".verdict").textContent()) ?? "", /EXPECTATION_NOT_MET[\s\S]*change "bounds"/)
    await page.getByRole("button", { name: "Verify other documents" }).click()
    await page.getByLabel("Worst grade of work").selectOption("measured")
    await page.getByLabel("Sensors exactly as vouched").check()
    await page.getByLabel("From", { exact: true }).fill("2027-02-30x")
    await page.getByLabel("From", { exact: true }).blur()
    assert.match((await page.getByRole("alert").textContent()) ?? "", /expected 2027-01-31/)
    assert.equal(await page.getByLabel("From", { exact: true }).inputValue(), "")
    const policy = JSON.parse(await page.getByLabel("Policy, as JSON").inputValue())
    assert.deepEqual([policy.grades.work, policy.books.inventory], ["measured", true])
    assert.deepEqual(policy.expect, { bounds: ["energy-per-work <= 1 J/token"] })
  })

  for (const colorScheme of ["light", "dark"] as const)
    it(`fits a phone in ${colorScheme} and can be read, before and after the verdict`, async () => {
      const options = { colorScheme, viewport: { width: 320, height: 740 } }
      const { page } = await openPage(browser, fromDisk, options)
      await unfold(page)
      assert.equal(await overflowOf(page), 0)
      assert.deepEqual(await faintTexts(page, 4.5), [])
      await verify(page, VALID)
      assert.equal(await overflowOf(page), 0)
      assert.deepEqual(await faintTexts(page, 4.5), [])
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      const lightness = (ground.match(/\d+/g) ?? []).map(Number).reduce((sum, part) => sum + part, 0)
      assert.equal(lightness < 200, colorScheme === "dark")
    })
})
