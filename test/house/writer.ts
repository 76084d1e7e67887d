import { join } from "node:path"
import { bytesContent, openFolder } from "@wattest/archive"
import { createDurably, replaceDurably } from "@wattest/command"
import { openJournal as openProofJournal } from "@wattest/prover"
import { notePromise } from "@wattest/testkit/storage/volatile-disk"
import { writeDurably } from "../../attester/src/store/durable.ts"
import { openJournal } from "../../attester/src/store/journal.ts"
import { writeWhole } from "../../prover/src/whole-file.ts"

// A process that writes in every way in which members write, and promises each time what a loss of power must not undo.
const [folder = "", rounds = ""] = process.argv.slice(2)
const at = (name: string) => join(folder, name)
const promise = (name: string) => notePromise(process.env.DISK_JOURNAL ?? "", name)
/** Longer than a sector, so that a write can be torn. */
const textOf = (round: number) => `${round},`.repeat(500)

const journal = await openJournal(at("journal"))
const proofs = openProofJournal(at("claim.part"))
for (let round = 0; round < Number(rounds); round++) {
  promise(`blind ${round} ${proofs.blind(round)}`)
  await journal.append([textOf(round)])
  promise(`journal ${round}`)
  await journal.note([`noted ${textOf(round)}`])
  await writeDurably(at("state"), [textOf(round)])
  promise(`state ${round}`)
  replaceDurably(at("profile"), textOf(round))
  promise(`profile ${round}`)
  await writeWhole(at("claim"), textOf(round))
  promise(`claim ${round}`)
  createDurably(at(`key-${round}`), textOf(round))
  promise(`key ${round}`)
  await openFolder(at("archive")).create(`run-${round}`, await bytesContent(Buffer.from(textOf(round))))
  promise(`archive ${round}`)
}
await journal.close()
