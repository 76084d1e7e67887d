import { groupsOf, type JobHeader, partDigest } from "@wattest/protocol"
import type { Said } from "./rows.ts"

export function jobSaid(header: JobHeader): Said {
  const groups = groupsOf(header)
  const parts = header.parts.map(({ devices, sharedWork, incomplete }, part): [string, string] => [
    `part ${part}`,
    [
      `${devices.length} devices, digest ${partDigest(groups[part] as (typeof groups)[number])}`,
      ...(sharedWork ? ["all count the same units"] : []),
      ...(incomplete ? ["some are missing"] : []),
    ].join(", "),
  ])
  return [["job", header.job], ["certificates", `${header.certificates}`], ...parts]
}
