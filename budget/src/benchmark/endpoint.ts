import { type Access, accessIn, readAtMost, UsageError } from "@wattest/command"

const MAX_BYTES = 64 * 1024

/** The endpoint that the file in a device's folder tells of. Throws a UsageError. */
export function endpointAt(file: string): Access {
  const bytes = readAtMost(file, MAX_BYTES)
  const access = bytes.length > MAX_BYTES ? null : accessIn(new TextDecoder().decode(bytes))
  if (access === null)
    throw new UsageError(
      `${file} tells of no local endpoint`,
      "name endpoint.json in the folder of a device that serves",
    )
  return access
}
