import { setTimeout as sleep } from "node:timers/promises"
import type { Clock, MeteredSensor, Phase, RunContext, SensorReading, Status } from "@wattest/protocol"
import type { ClosedRun, Device } from "../run/device.ts"
import { checkNames, checkOpening } from "../run/labels.ts"
import { lastRunEnd, type RunEnd } from "../run/last-run.ts"
import type { Run } from "../run/run.ts"
import type { Source } from "../sources/source.ts"
import { AGENT_VERSION } from "../version.ts"
import { type Clocks, createDeviceClock, type DeviceClock } from "./clock.ts"
import { createComparisons } from "./comparison.ts"
import { Observer, withExitStatus } from "./observer.ts"
import { beginnings, continueMetering, type PlanOptions, planMetering, type RunBefore } from "./plan.ts"
import { Poller } from "./poller.ts"
import { cutName } from "./reading.ts"
import { addWork, type Workload, WorkloadBusy, type WorkloadLabels, type WorkloadRun } from "./workload.ts"

export type AgentOptions = {
  readonly device: Device
  readonly sources: readonly Source[]
  readonly plan: PlanOptions
  readonly intervalMs: number
  /** A run is closed after this time at the latest, and the next goes on with its labels. */
  readonly closeAfterMs: number
  /** Labels of the runs between workloads. */
  readonly idle: WorkloadLabels
  readonly clock: Clock
  readonly calibrations: RunContext["calibrations"]
  readonly factors: RunContext["factors"]
  /** A finalized block that is known now, or null. */
  readonly beacon: () => RunContext["beacon"]
  /** Called when a run has been closed. */
  readonly closed: (closed: ClosedRun) => void
  /** What an operator should read, a line at a time. */
  readonly say: (line: string) => void
  readonly clocks?: Clocks
}

/** No source measures the boundary that the device is vouched for. */
export class NothingMeasured extends Error {
  override readonly name = "NothingMeasured"
}

const RETRY_MS = 1000

/**
 * The always-on device: reads its sources, cuts time into runs that tile it, and turns readings into captures. A
 * dying source, a full disk or an absent relayer cost evidence or delay, never the agent.
 */
export class Agent {
  readonly #options: AgentOptions
  readonly #clock: DeviceClock
  readonly #poller: Poller
  readonly #observer: Observer
  readonly #workload: Workload = { work: 0n, accepted: 0n, phase: "idle" }
  #run: Run | undefined
  /** Labels that hold now; those of the open run until it is divided, and the run in which their job began. */
  #labels: WorkloadLabels
  #job: { readonly labels: WorkloadLabels; readonly start: bigint } | undefined
  #startMs = 0
  #metering: readonly MeteredSensor[] = []
  #timer: NodeJS.Timeout | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #stopping = false

  private constructor(options: AgentOptions) {
    this.#options = options
    this.#labels = options.idle
    this.#clock = createDeviceClock(options.clocks)
    this.#poller = new Poller(options.sources, this.#clock, (source, fault, detail) =>
      options.say(`${source}: ${fault}: ${detail}`),
    )
    this.#observer = new Observer(this.#poller, this.#clock, options.clock, this.#workload)
  }

  /**
   * Starts metering, with an idle run that begins where the device's last run ended. Throws {@link NothingMeasured},
   * or a Rejection of its labels.
   */
  static async start(options: AgentOptions): Promise<Agent> {
    checkNames(options.idle)
    const agent = new Agent(options)
    try {
      const end = await lastRunEnd(options.device)
      if (end !== null) agent.#clock.follow(end.timeMs)
      await agent.#poller.start()
      await agent.#begin(end)
    } catch (error) {
      await agent.#poller.close()
      throw error
    }
    agent.#schedule()
    return agent
  }

  get status(): { readonly run: string | null; readonly workload: string; readonly phase: Phase } {
    return { run: this.#run?.run.toString() ?? null, workload: this.#labels.workload, phase: this.#workload.phase }
  }

  /** Ends the idle run and begins the workload's. Throws {@link WorkloadBusy}, or a Rejection of its labels. */
  async startRun(labels: WorkloadLabels): Promise<WorkloadRun> {
    checkNames(labels)
    checkOpening(labels.tags, this.#context(labels, []))
    if (this.#labels !== this.#options.idle) throw new WorkloadBusy(`${this.#labels.workload} is running`)
    this.#labels = labels
    await this.#exclusively(() => this.#divide("unspecified")).catch((error) => {
      this.#labels = this.#options.idle
      throw error
    })
    return {
      mark: (phase) => {
        this.#workload.phase = phase
      },
      work: (units, accepted = 0n) => addWork(this.#workload, units, accepted),
      stop: (exitStatus) =>
        this.#exclusively(() => {
          this.#labels = this.#options.idle
          return this.#divide("idle", exitStatus)
        }),
    }
  }

  /** Takes a last capture, closes the open run and lets go of the sources. */
  async close(): Promise<ClosedRun | null> {
    this.#stopping = true
    clearTimeout(this.#timer)
    const closed = await this.#exclusively(async () => {
      if (this.#run === undefined) return null
      const { closing } = await this.#observer.divide()
      await this.#capture(closing)
      return this.#closeRun(this.#labels === this.#options.idle ? "complete" : "interrupted")
    }).finally(() => this.#poller.close())
    return closed
  }

  /** One change at a time: a capture never meets a run that is being closed. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  #schedule(dueMs = performance.now() + this.#options.intervalMs): void {
    const { intervalMs, say } = this.#options
    this.#timer = setTimeout(
      async () => {
        await this.#exclusively(() => this.#tick()).catch((error: Error) => say(`capture: ${error.message}`))
        const late = Math.max(0, performance.now() - dueMs)
        if (!this.#stopping) this.#schedule(dueMs + intervalMs * (1 + Math.floor(late / intervalMs)))
      },
      Math.max(0, dueMs - performance.now()),
    )
  }

  async #tick(): Promise<void> {
    if (this.#run === undefined || this.#stopping) return
    if (this.#clock.now() - this.#startMs >= this.#options.closeAfterMs) await this.#divide()
    else await this.#capture(this.#observer.observe())
  }

  async #capture(observation: Parameters<Run["capture"]>[0][number]): Promise<void> {
    try {
      await this.#run?.capture([observation])
    } catch (error) {
      // The capture waits in memory and is stored with the next one.
      this.#options.say(`capture: ${(error as Error).message}`)
    }
  }

  /** Closes the open run and opens the next at the same instant, with the labels that hold now. */
  async #divide(phase = this.#workload.phase, exitStatus?: number): Promise<ClosedRun> {
    const { closing, opening, known, timeMs } = await this.#observer.divide()
    await this.#capture(exitStatus === undefined ? closing : withExitStatus(closing, exitStatus))
    const ended = exitStatus === undefined || exitStatus === 0 ? "complete" : "interrupted"
    const closed = await this.#closeRun(this.#labels === this.#job?.labels ? "continued" : ended)
    this.#workload.phase = phase
    this.#clock.follow(timeMs)
    await this.#open(timeMs, opening, { known, began: beginnings(this.#metering, this.#startMs) })
    return closed
  }

  async #closeRun(status: Status): Promise<ClosedRun> {
    const closed = await this.#persist("closing the run", () => this.#options.device.closeRun(status))
    this.#run = undefined
    this.#options.closed(closed)
    return closed
  }

  /** The first run of this process: from where the last one ended, or from now. */
  async #begin(end: RunEnd | null): Promise<void> {
    if (end === null) await this.#poller.refresh()
    const { buffers } = this.#poller.take()
    const now = this.#clock.now()
    const fresh = [...buffers.values()].flatMap((own) => own.slice(-1))
    const startMs = end?.timeMs ?? now
    await this.#open(startMs, end === null ? fresh : this.#observer.around(startMs, [...end.readings, ...fresh]), {
      known: end?.readings ?? [],
      began: beginnings(end?.metering ?? [], end?.startMs ?? startMs),
    })
  }

  async #open(startMs: number, readings: readonly SensorReading[], before: RunBefore): Promise<void> {
    const { device, plan } = this.#options
    const metering = continueMetering(this.#plan(), startMs, before)
    if (!metering.some(({ role }) => role === "energy"))
      throw new NothingMeasured(
        `no source measures ${plan.boundary}${plan.energyFrom === null ? "" : ` (energyFrom ${plan.energyFrom})`}`,
      )
    const labels = this.#labels
    const context = this.#context(labels, metering)
    const opening = {
      timeMs: startMs,
      readings: [...readings, ...this.#observer.counts(startMs)],
      gauges: this.#observer.gauges(),
    }
    this.#run = await this.#persist("opening a run", async () => {
      await this.#settleOpening()
      if (this.#job?.labels !== labels) this.#job = { labels, start: device.state.nextRun }
      const jobStart = this.#job.start
      return device.openRun({ tags: labels.tags, context: { ...context, jobStart }, boundary: plan.boundary }, opening)
    })
    this.#startMs = startMs
    this.#metering = metering
    this.#observer.begin(metering, createComparisons(this.#poller.known), startMs, opening.readings)
  }

  /**
   * A run that could not be opened whole is settled first; the next takes another number. It is a part of its job if
   * it is kept, and a job that began in a void run has not begun.
   */
  async #settleOpening(): Promise<void> {
    const settled = await this.#options.device.recover("continued")
    if (settled.outcome === "void" && settled.run === this.#job?.start) this.#job = undefined
  }

  /** The plan of the sensors; where no source counts work, the workload's own word is what there is. */
  #plan(): readonly MeteredSensor[] {
    const metering = planMetering(this.#poller.known, this.#options.plan)
    const declared = (["work", "accepted"] as const)
      .filter((role) => !metering.some((entry) => entry.role === role))
      .map((role) => ({ sensor: `workload/${role}`, role, method: "counter" }) as const)
    return [...metering, ...declared]
  }

  #context({ workload, job, modelDigest, versions }: WorkloadLabels, metering: readonly MeteredSensor[]): RunContext {
    const { calibrations, factors, beacon } = this.#options
    const boards = [...this.#poller.known.values()].filter(({ value }) => value.covers === "accelerator")
    const accelerators = [...new Set(boards.flatMap(({ value: { part } }) => part ?? []))].slice(0, 1024)
    return {
      workload,
      job,
      modelDigest,
      versions: { ...versions, attester: AGENT_VERSION },
      accelerators: accelerators.map((part) => cutName(part)),
      calibrations,
      factors,
      metering,
      beacon: beacon(),
    }
  }

  /** Tries until the disk takes it: what was measured stays in memory meanwhile. Gives up only when the agent stops. */
  async #persist<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (this.#stopping || code === undefined || !WAITABLE.has(code)) throw error
        this.#options.say(`${what}: ${(error as Error).message}; trying again`)
        await sleep(RETRY_MS)
      }
    }
  }
}

/** Failures of a disk that pass: full, over quota, briefly unreachable. */
const WAITABLE = new Set(["ENOSPC", "EDQUOT", "EIO", "EAGAIN", "EMFILE", "ENFILE"])
