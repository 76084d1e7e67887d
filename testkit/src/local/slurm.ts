import { spawnSync } from "node:child_process"
import { join } from "node:path"

/** Starts a cluster in a new folder, and runs a command in it: FOLDER PORT PORT PORT COMMAND… */
export const SLURM = join(import.meta.dirname, "slurm.sh")

/** Why no Slurm can be started here; null where it can. Its daemons want a machine of their own: the deep run gives it. */
export function noSlurm(): string | null {
  if (process.env.WATTEST_DEPTH !== "deep") return "a cluster of Slurm is started in the deep run"
  const tools = ["munged", "slurmctld", "slurmd", "srun", "sbatch", "sinfo"]
  const missing = tools.filter((tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0)
  if (missing.length > 0)
    return `${missing.join(", ")} of slurmctld, slurmd, slurm-client and munge: .ci/run installs them`
  return process.getuid?.() === 0 ? null : "who starts slurmd must be root"
}
