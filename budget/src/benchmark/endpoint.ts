import { type Access, accessIn, readAtMost, UsageError } from "@wattest/command"

const MAX_BYTES = 64 * 1024

/** The endpoint that the file in a device's folder tells of. Throws a UsageError. */
export function endpointAt(file: string): Access {
  const access = accessIn(new TextDecoder().decode(readAtMost(file, MAX_BYTES)))
  if (access === null)
    throw new UsageError(
      `${file} tells of no local endpoint`,
      "name endpoint.json in the folder of a device that serves",
    )
  return access
}
