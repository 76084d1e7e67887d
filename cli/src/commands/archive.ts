import { join } from "node:path"
import { copyName, openPlace } from "@wattest/archive"
import { type Context, checkFree, createDurably, jsonLine, type Outcome, rows, shellWord } from "@wattest/command"
import { openArchive } from "@wattest/prover"
import { generateHybridIdentity, identityToRecipient } from "age-encryption"
import { decrypterOf, encrypterFor } from "../archive/age-keys.ts"
import { backUp, holdsNoRun, restore } from "../archive/backup.ts"

function answer({ terminal, json }: Context, value: Readonly<Record<string, string | number>>): void {
  terminal.print(json ? jsonLine(value) : rows(Object.entries(value).map(([name, one]) => [name, String(one)])))
}

/** Copies every run that one archive has and another lacks; each name is read back before it counts. */
export async function copyArchive(from: string, to: string, context: Context): Promise<Outcome> {
  const [source, target] = [openPlace(from), openPlace(to)]
  const counts = { created: 0, there: 0, bytes: 0 }
  for (const device of await source.list(""))
    for (const run of await source.list(device)) {
      for (const file of await source.list(`${device}/${run}`)) {
        const copied = await copyName(source, target, `${device}/${run}/${file}`)
        if (copied === null) continue
        counts[copied.outcome]++
        counts.bytes += copied.bytes
      }
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${device.slice(0, 10)}… run ${Number(run)}`)
    }
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K")
  if (counts.created + counts.there === 0) throw holdsNoRun(source.place)
  answer(context, { from: source.place, to: target.place, ...counts })
  return {}
}

/** Makes the key of backups: the identity into a file that only its owner reads, the recipient to be typed. */
export async function archiveKey(file: string, context: Context): Promise<Outcome> {
  const identity = await generateHybridIdentity()
  const recipient = await identityToRecipient(identity)
  createDurably(file, `# public key: ${recipient}\n${identity}\n`)
  answer(context, { identity: file, recipient })
  return { next: `archive backup --recipient ${recipient.slice(0, 12)}… --out secrets.age` }
}

export type BackupOptions = {
  readonly home: string
  readonly archive: string | undefined
  readonly recipient: readonly string[]
  readonly out: string
}

export async function backupSecrets(options: BackupOptions, context: Context): Promise<Outcome> {
  const { home, archive = join(home, "archive"), recipient, out } = options
  checkFree(out, "--out")
  const encrypter = encrypterFor(recipient)
  const runs = await backUp(openArchive(archive), openPlace(archive).place, encrypter, out)
  answer(context, { document: out, runs })
  return {}
}

export async function restoreSecrets(
  file: string,
  { identity, to }: { readonly identity: string; readonly to: string },
  context: Context,
): Promise<Outcome> {
  const target = openPlace(to)
  const runs = await restore(file, decrypterOf(identity), target)
  answer(context, { archive: target.place, runs })
  return { next: `prove tally --archive ${shellWord(to)}` }
}
