import { ArchiveFault } from "@wattest/archive"
import { CommandError, HintedError, UsageError } from "@wattest/command"

/** What to do about each kind of failure that a device's commands name. */
const HINTS: { readonly [name: string]: string } = {
  DeviceBusy: "stop that process first; commands that meter go through its local endpoint",
  DeviceLogError: "restore the device's folder, whole, from its newest copy",
  EnrolledElsewhere: "a device enrols once; make another one for another ledger",
  JournalDamaged: "the run that was open is lost; the next one begins anew",
  JournalStuck: "check the disk; nothing that was signed is lost",
  KeyFileError: "the device's key is key.pem in its folder",
  NoEndpoint: "end wattest device serve and start it again: it writes the file anew",
  NothingMeasured: "check what the sources give: wattest device sources check FILE",
  NotPrivate: "a device's folder and key are its user's alone: mode 700, and 600 for the key",
  NvmlError: "check the driver with nvidia-smi",
  OldCopy: "restore the device's newest copy",
  OtherBoundary: "make a device for each boundary: wattest device init",
  OtherOrigin: "traces and live metering each have a device of their own: wattest device init",
  PartRepeated: "wattest device launch counts the attempts: let it find its plans in jobs/ of the device's folder",
  Rejection: "the file was changed or cut off; restore it",
  SourceError: "check what the sources give: wattest device sources check FILE",
  WorkloadBusy: "one workload is metered at a time",
}

/** Failures of what was typed or handed over, not of the device. */
const USAGE: readonly string[] = ["TimeZoneError", "TraceError", "WindowError"]

/** What an error of a device's commands means to a person; null where it is none that they know. */
export function explain(error: unknown): CommandError | null {
  if (!(error instanceof Error) || error instanceof CommandError) return null
  if (error.name === "ConfigError") return new UsageError(error.message, "docs/attester.md describes the configuration")
  if (error instanceof ArchiveFault) return new CommandError(error.message, error.hint)
  if (error instanceof HintedError)
    return new CommandError(error.message, error.hint, USAGE.includes(error.name) ? "usage" : "failed")
  const hint = HINTS[error.name]
  if (hint !== undefined) return new CommandError(error.message, hint)
  const isOurs = Object.getPrototypeOf(error) === Error.prototype && !("code" in error)
  return isOurs ? new CommandError(error.message, "nothing that was signed is lost") : null
}
