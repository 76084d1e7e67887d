import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeDocument, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { writeKeystore } from "@wattest/testkit/relayer/process"

/** Words that stand in a wrong line for something of this machine. */
export type Place = { readonly [name: string]: string }

/** A source that the configuration of an agent may hold. */
const SOURCE = {
  kind: "json",
  id: "pdu",
  url: "http://127.0.0.1:9/",
  covers: "node",
  values: [{ at: "/power", name: "power", quantity: "power", unit: "W" }],
}

/** A log of nvidia-smi, whose times have no zone. */
const SMI = `timestamp, index, power.draw [W]
2025/01/01 00:00:00.000, 0, 70.00 W
2025/01/01 00:00:01.000, 0, 70.00 W
`

/** What an enrolment says beside its key and its registry. */
const WORDS = {
  voucher: `0x${"33".repeat(20)}`,
  boundary: "node",
  evidence: `0x${"44".repeat(32)}`,
  signature: `0x${"55".repeat(64)}`,
}

const BOM = "\ufeff"

/** A folder with what people hand to a command by mistake, and with what is right. */
export function layOut(node: string, dead: string, registry: string): Place {
  const folder = mkdtempSync(join(tmpdir(), "wattest-wrong-"))
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const { certificate, policy } = tell({})
  const bytes = encodeDocument(certificate)
  mkdirSync(join(folder, "folder"))
  const enrolment = { scheme: 1, key: `0x${"22".repeat(32)}`, device: `0x${"22".repeat(32)}`, chainId: 137, registry }
  return {
    DIR: folder,
    FOLDER: join(folder, "folder"),
    ABSENT: join(folder, "absent.json"),
    EMPTY: file("empty.json", ""),
    BLANK: file("blank.json", " \n\n"),
    PDF: file("report.pdf", "%PDF-1.7\n%âãÏÓ\n1 0 obj {} endobj"),
    ZIP: file("archive.zip", new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 0, 0])),
    BOM: file("bom.json", `${BOM}{}`),
    UTF16: file("utf16.json", Buffer.from(`${BOM}{}`, "utf16le")),
    TEXT: file("notes.txt", "see you at ten"),
    ENDPOINT: file("endpoint.json", '{"url":"http://127.0.0.1:9","token":"none"}'),
    SMI: file("boards.csv", SMI),
    LIST: file("list.json", "[1, 2]"),
    OBJECT: file("object.json", '{ "a": 1 }'),
    UNBOUNDED: file("unbounded.json", JSON.stringify({ sources: [SOURCE] })),
    CUT: file("cut.json", '{ "scheme": 1, "key": {}'),
    ELSEWHERE: file("elsewhere.json", JSON.stringify({ ...enrolment, ...WORDS })),
    HERE: file("here.json", JSON.stringify({ ...enrolment, chainId: 31337 })),
    CERTIFICATE: file("run.certificate.json", bytes),
    POLICY: file("policy.json", JSON.stringify(toJson(policy))),
    KEY: writeKeystore(folder, 1).keystore,
    NODE: node,
    DEAD: dead,
    REGISTRY: registry,
  }
}

/** A line as it is typed, with the words of this machine put in. */
export const typed = (line: string, place: Place): string[] =>
  (line.match(/'[^']*'|\S+/g) ?? []).map((word) =>
    word.replace(/^'|'$/g, "").replace(/[A-Z0-9]{3,}/g, (name) => place[name] ?? name),
  )

/** A message with the words of this machine taken out again. */
export const untyped = (text: string, place: Place): string =>
  Object.entries(place)
    .filter(([name]) => name !== "DIR")
    .concat([["DIR", place.DIR ?? ""]])
    .sort(([, a], [, b]) => b.length - a.length)
    .reduce((said, [name, value]) => said.replaceAll(value, name), text)
