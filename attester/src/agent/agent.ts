import { type Hex, Rejection, runOpening, type Status, toJson } from "@wattest/protocol"
import { hostAt, timeAfter, type Uptime } from "../books/stand.ts"
import { deviceOf } from "../keys/signer.ts"
import type { ClosedRun } from "../run/device.ts"
import type { CutRun, Standing } from "../run/last-run.ts"
import type { Observation, Run } from "../run/run.ts"
import { untilStored } from "../store/durable.ts"
import { type Clocks, createDeviceClock, type DeviceClock, SYSTEM_CLOCKS } from "../time/clock.ts"
import { hostUptime } from "../time/host.ts"
import { periodEnd } from "../time/period.ts"
import { clockQuality } from "../time/quality.ts"
import { Turns } from "../time/turns.ts"
import { keepWatch, Watch } from "../time/watch.ts"
import { countsIn } from "../workload/counts.ts"
import { ToldWork } from "../workload/told.ts"
import { labelsOf, type Workload, WorkloadBusy, type WorkloadLabels, type WorkloadRun } from "../workload/workload.ts"
import { createComparisons } from "./comparison.ts"
import { createNotices, type Notices } from "./notices.ts"
import { Observer } from "./observer.ts"
import { awayOf, beginningOf, contextOf, planOf, replanned, settlePlan, silencesOf } from "./opening.ts"
import type { AgentOptions } from "./options.ts"
import type { PlanOptions } from "./plan.ts"
import { Poller } from "./poller.ts"
import { type AgentStatus, type Division, type OpenedRun, statusOf } from "./status.ts"

/**
 * The always-on device: reads its sources, cuts time into runs that tile it, and turns readings into captures. A
 * dying source, a full disk or an absent relayer cost evidence or delay, never the agent.
 */
export class Agent {
  readonly #options: AgentOptions
  readonly #clocks: Clocks
  readonly #uptime: () => Uptime
  readonly #clock: DeviceClock
  readonly #poller: Poller
  readonly #watch: Watch
  readonly #observer: Observer
  #plan: PlanOptions
  readonly #workload: Workload = { work: 0n, accepted: 0n, input: 0n, phase: "idle" }
  readonly #told: ToldWork
  /** A capture never meets a run that is being closed. */
  readonly #turns: Turns
  readonly #notices: Notices
  #endWatch = () => {}
  #run: Run | undefined
  #opened: OpenedRun | undefined
  /** Labels that hold now, and the run in which their job began. */
  #labels: WorkloadLabels
  #job: { readonly labels: WorkloadLabels; readonly start: bigint } | undefined
  #running: WorkloadRun | null = null

  private constructor(options: AgentOptions) {
    this.#options = options
    this.#plan = { ...options.plan, sources: options.sources }
    this.#labels = options.idle
    this.#clocks = options.clocks ?? SYSTEM_CLOCKS
    this.#uptime = options.uptime ?? hostUptime
    this.#turns = new Turns(options.intervalMs)
    this.#clock = createDeviceClock(this.#clocks)
    this.#watch = new Watch(this.#clock.now(), Math.min(...options.sources.map(({ periodMs }) => periodMs)))
    this.#notices = createNotices(options.say)
    this.#poller = new Poller(options.sources, this.#clock, this.#notices)
    this.#told = new ToldWork(options.device.told, this.#workload)
    this.#observer = new Observer({
      poller: this.#poller,
      clock: this.#clock,
      watch: this.#watch,
      workload: this.#workload,
    })
  }

  /**
   * Starts metering where the device's books stand. Time after a run that was cut off is bridged by a run with its
   * labels; an idle run follows. Throws {@link NothingMeasured} or BoundaryError.
   */
  static async start(options: AgentOptions): Promise<Agent> {
    const agent = new Agent(options)
    try {
      await agent.#begin(await options.device.standing())
    } catch (error) {
      await agent.#poller.close()
      throw error
    }
    agent.#endWatch = keepWatch(agent.#watch, agent.#clock.now)
    agent.#turns.repeat(
      () => agent.#tick(),
      ({ message }) => agent.#notices.trouble("capture", message),
    )
    return agent
  }

  get device(): Hex {
    return deviceOf(this.#options.device.signer)
  }

  get archive(): string {
    return this.#options.device.archive
  }

  get status(): AgentStatus {
    return statusOf(this.#run, this.#labels, this.#workload.phase)
  }

  /** What the open run is metered by, and how sensors and clock are, for whoever watches the device. */
  get seen() {
    const { known } = this.#poller
    const { counts: faults } = this.#observer.faults
    return { known, faults, metering: this.#opened?.beginning.metering ?? [], clock: this.#observer.gauges().clock }
  }

  /** The workload that runs now, whoever began it. */
  get running(): WorkloadRun | null {
    return this.#running
  }

  /** Ends the idle run and begins the workload's. Throws {@link WorkloadBusy}, PartRepeated, or a Rejection of its labels. */
  async startRun(labels: WorkloadLabels): Promise<WorkloadRun> {
    runOpening(
      toJson({ ...labels.tags, context: contextOf(labels, [], this.#poller.known, this.#options) }),
      "workload",
    )
    if (this.#labels !== this.#options.idle) throw new WorkloadBusy(`${this.#labels.workload} is running`)
    this.#labels = labels
    const entered = labels.group === undefined ? Promise.resolve() : this.#options.device.enterPart(labels.group)
    await entered
      .then(() => this.#turns.take(() => this.#divide({ phase: "unspecified" })))
      .catch((error) => {
        this.#labels = this.#options.idle
        throw error
      })
    let ended: Promise<ClosedRun> | undefined
    const workload: WorkloadRun = {
      mark: (phase) => {
        this.#workload.phase = phase
      },
      work: (units, accepted = 0n, input = 0n, once) => this.#told.count({ units, accepted, input }, once),
      stop: (exitStatus) => {
        ended ??= this.#turns.take(() => this.#endWorkload(exitStatus))
        return ended
      },
    }
    this.#running = workload
    return workload
  }

  #endWorkload(exitStatus: number | undefined): Promise<ClosedRun> {
    this.#labels = this.#options.idle
    this.#running = null
    return this.#divide({ phase: "idle", ...(exitStatus === undefined ? {} : { exitStatus }) })
  }

  /** Takes a last capture, closes the open run and lets go of the sources. */
  async close(): Promise<ClosedRun | null> {
    this.#turns.stop()
    this.#endWatch()
    return this.#turns
      .take(async () => {
        if (this.#run === undefined) return null
        const observation = await this.#observer.divide(Number.POSITIVE_INFINITY)
        return this.#closeRun(observation, this.#labels === this.#options.idle ? "complete" : "interrupted")
      })
      .finally(() => this.#poller.close())
      .finally(() => this.#told.close())
  }

  /** Tries until the disk takes it; what was measured stays in memory meanwhile. Gives up only when the agent stops. */
  async #untilStored<T>(what: string, work: () => Promise<T>): Promise<T> {
    const stored = await untilStored(work, (error) => {
      this.#notices.trouble(what, `${error.message}; trying again`)
      return !this.#turns.isStopped
    })
    this.#notices.well(what)
    return stored
  }

  async #tick(): Promise<void> {
    if (this.#opened === undefined || this.#turns.isStopped) return
    const nowMs = this.#clock.now()
    const { periodEndMs } = this.#opened
    if (nowMs > periodEndMs) await this.#divide({ untilMs: periodEndMs })
    else if (this.#clock.isBehind() || this.#isOutgrown()) await this.#divide({})
    else await this.#capture(this.#observer.observe())
  }

  #isOutgrown(): boolean {
    const { known } = this.#poller
    if (this.#opened === undefined) return false
    const { known: before, beginning } = this.#opened
    const planned = { plan: this.#plan, known: before, metering: beginning.metering }
    const next = replanned(planned, known, this.#clock.now())
    if (next === null) return false
    this.#plan = next.plan
    this.#opened = { ...this.#opened, known: known.size }
    return next.isOutgrown
  }

  async #capture(observation: Observation): Promise<void> {
    try {
      await this.#run?.capture([observation])
      this.#notices.well("capture")
    } catch (error) {
      if (!(error instanceof Rejection)) {
        // The capture waits in memory and is stored with the next one.
        this.#notices.trouble("capture", (error as Error).message)
        return
      }
      this.#options.say(`capture: ${error.message}; the run ends as interrupted, and the next begins there`)
      await this.#options.device.abandonRun()
      await this.#open(await this.#options.device.standing())
    }
  }

  /** Closes the open run and opens the next at the same instant, with the labels that hold now. */
  async #divide({ phase, untilMs = Number.POSITIVE_INFINITY, exitStatus = null }: Division): Promise<ClosedRun> {
    const observation = await this.#observer.divide(untilMs)
    const isContinued = this.#labels === this.#job?.labels
    const isFailed = exitStatus !== null && exitStatus !== 0
    const status = isContinued ? "continued" : isFailed ? "interrupted" : "complete"
    const closed = await this.#closeRun(observation, status, exitStatus)
    this.#workload.phase = phase ?? this.#workload.phase
    this.#clock.follow()
    await this.#open(await this.#options.device.standing())
    return closed
  }

  async #closeRun(observation: Observation, status: Status, exitStatus: number | null = null): Promise<ClosedRun> {
    const run = this.#run
    const closing = { beacon: this.#options.beacon(), exitStatus }
    const closed = await this.#untilStored("closing the run", async () => {
      await run?.end(observation, closing)
      return this.#options.device.closeRun(status)
    })
    this.#run = undefined
    this.#options.closed(closed)
    return closed
  }

  /** The first runs of this process, from where the books stand on. */
  async #begin(standing: Standing): Promise<void> {
    const { stand, lost, cut } = standing
    const time = stand && timeAfter(stand, this.#uptime(), this.#clocks.wallMs())
    if (time) this.#clock.begin(time.timeMs)
    if (lost !== null) this.#options.say(`the books are broken: ${lost}`)
    if (time?.isLost) this.#options.say("the books are broken: the wall clock was set back while the host was down")
    this.#watch.look(this.#clock.now())
    await this.#poller.start()
    this.#plan = settlePlan(this.#poller.known, this.#plan)
    for (const line of silencesOf(this.#poller.known, this.#plan)) this.#options.say(line)
    const isTimeLost = time?.isLost ?? false
    const stored = cut && countsIn(stand?.readings ?? [])
    await this.#untilStored("what was told", async () => this.#told.begin(stored))
    if (cut === null) return this.#open(standing, { isTimeLost })
    await this.#open(standing, { isTimeLost, cut })
    this.#told.bringBack()
    await this.#closeRun(await this.#observer.divide(Number.POSITIVE_INFINITY), "interrupted")
    await this.#open(await this.#options.device.standing())
  }

  async #open({ stand, lost }: Standing, how: { isTimeLost?: boolean; cut?: CutRun } = {}): Promise<void> {
    const labels = how.cut === undefined ? this.#labels : labelsOf(how.cut)
    this.#plan = { ...this.#plan, away: awayOf(this.#poller.known, this.#plan, this.#clock.now()) }
    for (const sensor of this.#plan.away ?? [])
      this.#notices.trouble(sensor, "is silent: other views of it take its place")
    const plan = planOf(this.#poller.known, this.#plan)
    const beginning = beginningOf(stand, plan, {
      known: this.#poller.known,
      nowMs: this.#clock.now(),
      boot: this.#uptime().boot,
      isTimeLost: how.isTimeLost ?? false,
      isLost: lost !== null,
      counts: (timeMs) => this.#observer.openingCounts(timeMs),
    })
    const { metering, readings, startMs } = beginning
    this.#observer.clockQuality = await (this.#options.clock ?? clockQuality)()
    const host = hostAt(this.#clock.now(), this.#clocks.wallMs(), this.#uptime())
    this.#run = await this.#untilStored("opening a run", async () => {
      await this.#settleOpening()
      if (this.#job?.labels !== labels) this.#job = { labels, start: this.#options.device.state.nextRun }
      const context = { ...contextOf(labels, metering, this.#poller.known, this.#options), jobStart: this.#job.start }
      const { boundary } = this.#plan
      const opening = { labels: { tags: labels.tags, context, boundary }, beginning, host }
      return this.#options.device.beginRun({ ...opening, gauges: this.#observer.gauges() })
    })
    // Cut at the last reading before a period's end, the next run is of the period that follows.
    const fromMs = Math.max(startMs, Math.min(this.#opened?.periodEndMs ?? 0, this.#clock.now()))
    const periodEndMs = periodEnd(this.#options.period, fromMs)
    this.#opened = { beginning, known: this.#poller.known.size, periodEndMs }
    const comparisons = createComparisons(this.#poller.known, this.#plan)
    this.#observer.begin({ metering, comparisons, startMs, opening: readings, aheadMs: host.aheadMs })
  }

  /**
   * A run that could not be opened whole is settled first; the next takes another number. It is a part of its job if
   * it is kept, and a job that began in a void run has not begun.
   */
  async #settleOpening(): Promise<void> {
    const settled = await this.#options.device.recover("continued")
    if (settled.outcome === "void" && settled.run === this.#job?.start) this.#job = undefined
  }
}
