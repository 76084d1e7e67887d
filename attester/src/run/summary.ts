import type { RunRecord } from "@wattest/protocol"

/** What machines want to know of a closed run. */
export function summaryOf({ run, root, statement }: RunRecord, folder: string) {
  const { registers, captures, startTimeMs, endTimeMs, energyGrade, workGrade } = statement
  const totals = Object.fromEntries(Object.entries(registers).map(([name, value]) => [name, value.toString()]))
  return {
    run: run.toString(),
    root,
    folder,
    captures,
    startTimeMs,
    endTimeMs,
    energyGrade,
    workGrade,
    registers: totals,
  }
}
