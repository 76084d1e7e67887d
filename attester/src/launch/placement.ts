import { UsageError } from "@wattest/command"

/** Where a process stands in its job, as its scheduler says it. */
export type Placement = {
  readonly scheduler: "torchrun" | "slurm" | "kubernetes" | "options"
  readonly job: string
  /** 0, 1, 2, …, and how many there are. */
  readonly node: number
  readonly nodes: number
  /** One process of each node tells the device of the job; the others only work. */
  readonly isTeller: boolean
}

/** What the options say; each comes before the environment. */
export type Stated = {
  readonly id: string | undefined
  readonly node: number | undefined
  readonly nodes: number | undefined
}

type Env = { readonly [name: string]: string | undefined }

/** A count that a scheduler gives; undefined where it gives none. */
function count(env: Env, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = env[name]
    if (value === undefined || value === "") continue
    if (!/^[0-9]{1,9}$/.test(value)) throw new UsageError(`${name} is ${JSON.stringify(value)}`, "it must be a number")
    return Number(value)
  }
  return undefined
}

/** What a scheduler knows; what it does not is left to the options. */
type Told = Pick<Placement, "scheduler" | "isTeller"> & {
  readonly [K in "job" | "node" | "nodes"]: Placement[K] | undefined
}

const slurmJob = ({ SLURM_JOB_ID: id }: Env) => (id ? `slurm-${id}` : undefined)

function torchrun(env: Env): Told | null {
  const node = count(env, "GROUP_RANK")
  if (node === undefined || env.TORCHELASTIC_RUN_ID === undefined) return null
  const id = env.TORCHELASTIC_RUN_ID
  return {
    scheduler: "torchrun",
    // A rendezvous that nobody named is called "none", whatever the job.
    job: id === "none" ? slurmJob(env) : id,
    node,
    nodes: count(env, "GROUP_WORLD_SIZE"),
    isTeller: count(env, "LOCAL_RANK") === 0,
  }
}

function slurm(env: Env): Told | null {
  const node = count(env, "SLURM_NODEID")
  if (node === undefined) return null
  const nodes = count(env, "SLURM_STEP_NUM_NODES", "SLURM_NNODES")
  return { scheduler: "slurm", job: slurmJob(env), node, nodes, isTeller: (count(env, "SLURM_LOCALID") ?? 0) === 0 }
}

function kubernetes(env: Env): Told | null {
  const node = count(env, "JOB_COMPLETION_INDEX")
  if (node === undefined) return null
  // The host of an Indexed Job's pod is called by the job and the index.
  const host = env.HOSTNAME ?? ""
  const job = host.endsWith(`-${node}`) ? host.slice(0, -`-${node}`.length) : undefined
  return { scheduler: "kubernetes", job, node, nodes: undefined, isTeller: true }
}

const NOBODY: Told = { scheduler: "options", job: undefined, node: undefined, nodes: undefined, isTeller: true }

function needed<T>(value: T | undefined, what: string, option: string): T {
  if (value === undefined)
    throw new UsageError(`nothing says ${what}`, `name it with ${option}, or start under Slurm, torchrun or Kubernetes`)
  return value
}

/**
 * The place of this process by torchrun's variables, else Slurm's, else those of a Kubernetes Indexed Job. Throws a
 * UsageError where neither options nor environment say it.
 */
export function placementOf(env: Env, stated: Stated): Placement {
  const told = torchrun(env) ?? slurm(env) ?? kubernetes(env) ?? NOBODY
  const node = needed(stated.node ?? told.node, "which node this is", "--node")
  const nodes = needed(stated.nodes ?? told.nodes, "how many nodes the job has", "--nodes")
  const job = needed(stated.id ?? told.job, "which job this is", "--id")
  if (node >= nodes) throw new UsageError(`node ${node} of ${nodes}`, "nodes are counted from 0")
  return { scheduler: told.scheduler, job, node, nodes, isTeller: told.isTeller }
}
