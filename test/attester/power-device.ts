import { createDevice, Device, openKey } from "@wattest/attester"
import { notePromise } from "@wattest/testkit/storage/volatile-disk"
import { GAUGES, LABELS, START } from "./labels.ts"

// A device that makes runs and promises each capture that it stored and each run that it closed.
const [home = "", runs = "", captures = ""] = process.argv.slice(2)
const promise = (name: string) => notePromise(process.env.DISK_JOURNAL ?? "", name)

await createDevice(home, { scheme: "ed25519" })
const device = await Device.open(home, await openKey(home))
promise(`key ${device.signer.device.key}`)
for (let number = 0; number < Number(runs); number++) {
  const timeMs = START + number * 1000
  const run = await device.openRun(LABELS, { timeMs, readings: [], gauges: GAUGES })
  promise(`capture ${number} 0`)
  for (let i = 1; i <= Number(captures); i++) {
    await run.capture([{ timeMs: timeMs + i, readings: [], gauges: GAUGES }])
    promise(`capture ${number} ${i}`)
  }
  const { record } = await device.closeRun()
  promise(`closed ${number} ${record.root}`)
}
