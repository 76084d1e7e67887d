import assert from "node:assert/strict"
import { createReplayer, lines, type Replayer, reading, smiTime, twoBoards } from "./support.ts"

const START = 1_700_000_000_000
const UTC = ["--utc-offset", "Z"]
const HEADER = "timestamp, index, power.draw [W]"
const BOARDS = twoBoards((at) => `${smiTime(at)}, ${at.board}, ${at.watts}.00 W`)

describe("traces as people have them", () => {
  let replayer: Replayer
  before(() => {
    replayer = createReplayer()
  })
  after(() => replayer.discard())

  const log = (...steps: (readonly [ms: number, value: unknown])[]) =>
    replayer.write("node_0.txt", lines(...steps.map(([ms, value]) => reading(START + ms, value))))

  describe("MLPerf training", () => {
    it("sorts a step back of under one sampling period", () => {
      const times = [0, 2000, 4000, 6038, 6000, 8000, 10_000]
      const { joules, grade } = replayer.run(log(...times.map((ms) => [ms, ms === 6038 ? 3000 : 2000] as const)))
      // Sorted, the 3000 W stand between 6000 and 8000 ms; in the order of lines they would be lost or refused.
      assert.equal(joules, 20_000 + (1000 * 0.038) / 2 + (1000 * 1.962) / 2)
      assert.equal(grade, "measured")
    })

    it("refuses a step back of a whole period, where the window meets it", () => {
      const file = log([0, 10], [2000, 10], [4000, 10], [6000, 10], [4000, 10], [6000, 10], [8000, 10])
      assert.match(replayer.refuse(file), /node_0\.txt:5: time goes back by 2000 ms: two recordings overlap/)
      const window = (from: number, to: number) => ["--from", String(START + from), "--to", String(START + to)]
      assert.equal(replayer.run(file, ...window(0, 4000)).joules, 40)
      assert.equal(replayer.run(file, ...window(6000, 8000)).joules, 20)
      assert.match(replayer.refuse(file, ...window(0, 4001)), /:5: time goes back/)
      assert.match(replayer.refuse(file, ...window(5999, 8000)), /:5: time goes back/)
    })

    it("leaves out one time that leaps away, forwards or back, and refuses a window that holds it", () => {
      for (const stray of [START + 9e9, 0]) {
        const times = [0, 2000, 4000, stray - START, 6000, 8000]
        const file = log(...times.map((ms) => [ms, 10] as const))
        assert.match(replayer.refuse(file), /:4: the time .* leaps away from its neighbours/)
        assert.equal(replayer.run(file, "--from", String(START), "--to", String(START + 4000)).joules, 40)
        assert.equal(replayer.run(file, "--bridge").joules, 80)
      }
    })

    it("judges a window on its own: bad lines outside it lose nothing", () => {
      const file = replayer.write(
        "node_0.txt",
        lines(
          "written by nobody",
          ...[0, 1, 2, 3].map((s) => reading(START + s * 1000, 100)),
          reading(START + 4000, "5x"),
          ...[5, 6].map((s) => reading(START + s * 1000, 100)),
          ":::MLLOG {torn",
        ),
      )
      const window = ["--from", String(START), "--to", String(START + 3000)]
      const { joules, notes } = replayer.run(file, ...window)
      assert.equal(joules, 300)
      assert.match(notes, /note: .*node_0\.txt:1: expected :::MLLOG and JSON: not used, and 2 lines more/)
      // Without a window the whole file is meant.
      assert.match(replayer.refuse(file), /node_0\.txt:1: expected :::MLLOG and JSON \(and 2 more lines/)
      const refusal = replayer.refuse(file, "--from", String(START), "--to", String(START + 6000))
      assert.match(refusal, /node_0\.txt:6: power_reading is "5x"/)
      assert.match(refusal, /hint: leave it out of the window .* --bridge/)
      assert.match(replayer.refuse(file, "--from", String(START), "--to", String(START + 3001)), /node_0\.txt:6/)
      const bridged = replayer.run(file, "--bridge")
      assert.equal(bridged.joules, 600)
      assert.equal(bridged.grade, "estimated")
    })

    it("refuses a window that ends after the last reading, clips it or holds the last value when asked", () => {
      const file = log(...[0, 1, 2, 3, 4, 5].map((s) => [s * 1000, 1000] as const))
      const window = ["--from", String(START + 1412), "--to", String(START + 5339)]
      assert.match(replayer.refuse(file, ...window), /does not lie within the readings.*\nhint: .*--clip.*--hold/)
      const clipped = replayer.run(file, ...window, "--clip")
      assert.equal(clipped.joules, 3588)
      assert.equal(clipped.ms, 3588)
      assert.equal(clipped.grade, "measured")
      const held = replayer.run(file, ...window, "--hold")
      assert.equal(held.joules, 3927)
      assert.equal(held.ms, 3927)
      assert.equal(held.grade, "estimated")
      assert.match(held.notes, /by 0\.339 s in all, held: it is an estimate/)
      // Half of what is held is in doubt: 15 kJ at either end, as limits that add up.
      const long = ["--from", String(START - 30_000), "--to", String(START + 35_000), "--hold"]
      assert.ok(replayer.run(file, ...long).uncertainty > (2 * 30_000) / Math.sqrt(3))
      assert.equal(replayer.replay(file, ...window, "--clip", "--hold").status, 2)
    })

    it("clips each sensor to its own readings, and the run says how much is not counted", () => {
      const early = replayer.write("node_1.txt", lines(...[0, 1, 2, 3].map((s) => reading(START + s * 1000, 1000))))
      const late = replayer.write("node_2.txt", lines(...[2, 3, 4].map((s) => reading(START + s * 1000, 100))))
      const window = ["--from", String(START - 500), "--to", String(START + 5000)]
      const both = [early, late, "--sum", "--boundary", "rack"]
      const { joules, ms, remarks } = replayer.run(...both, ...window, "--clip")
      assert.equal(joules, 3200)
      assert.equal(ms, 4000)
      assert.deepEqual(
        remarks.map(({ sensor, value, unit }) => [sensor, value, unit]),
        [
          ["trace-0/power/clipped", "1000", "ms"],
          ["trace-1/power/clipped", "2000", "ms"],
        ],
      )
      assert.equal(replayer.run(...both, ...window, "--hold").joules, 5500 + 550)
      assert.equal(replayer.run(...both).joules, 1100)
    })

    it("bridges a reading that the collector missed, as an estimate", () => {
      for (const missed of ["null", null]) {
        const steps = Array.from({ length: 11 }, (_, s) => [s * 1000, s === 5 ? missed : 100] as const)
        const { joules, grade, uncertainty } = replayer.run(log(...steps))
        assert.equal(joules, 1000)
        assert.equal(grade, "estimated")
        const whole = replayer.run(log(...steps.map(([ms]) => [ms, 100] as const)))
        assert.equal(whole.grade, "measured")
        assert.ok(uncertainty > whole.uncertainty)
      }
    })

    it("names the estimate that a log of switches holds, and counts it never", () => {
      const file = replayer.write("sw_0.txt", lines(reading(START, 59_570, "interconnect_power_est")))
      const refusal = replayer.refuse(file)
      assert.match(refusal, /holds no power_reading, but interconnect_power_est: an estimate/)
      assert.match(refusal, /hint: leave this file out/)
    })
  })

  describe("PTDaemon", () => {
    const row = (second: number, watts: string) =>
      `Time,07-12-2025 10:00:${String(second).padStart(2, "0")}.000,Watts,${watts},Volts,230.0,Amps,1.0,PF,0.95,Mark,notset`
    const spl = (at5: string) =>
      replayer.write("spl.txt", lines(...Array.from({ length: 11 }, (_, s) => row(s, s === 5 ? at5 : "100.000000"))))

    it("bridges the sample during which the analyser changes its range, and widens", () => {
      const { joules, uncertainty, grade } = replayer.run(spl("-1.000000"), ...UTC)
      assert.equal(joules, 1000)
      assert.equal(grade, "estimated")
      const whole = replayer.run(spl("100.000000"), ...UTC)
      assert.equal(whole.grade, "measured")
      // Two seconds at 100 W are bridged: half of their 200 J, as a limit beside 1 % of 1000 J.
      const edges = whole.uncertainty ** 2 - (2 * 10) ** 2 / 3
      assert.ok(Math.abs(uncertainty - Math.sqrt((2 * 110) ** 2 / 3 + edges)) < 0.1, `${uncertainty}`)
    })

    it("takes no other power below zero for a mark", () => {
      assert.match(replayer.refuse(spl("-2.000000"), ...UTC), /spl\.txt:6: Watts is -2\.000000, below zero/)
    })

    it("reads the sum channel by name", () => {
      const rows = Array.from(
        { length: 3 },
        (_, s) => `Mark,m,Time,07-12-2025 10:00:0${s}.000,Volts,-1,Watts,30.0,Ch1,Watts,10.0,Ch2,Watts,20.0`,
      )
      assert.equal(replayer.run(replayer.write("spl.txt", lines(...rows)), ...UTC).joules, 60)
    })
  })

  describe("nvidia-smi", () => {
    const gpu = (...rows: readonly string[]) => replayer.write("gpu.csv", lines(...rows))

    it("reads columns in any order", () => {
      const rows = twoBoards((at) => `${at.board}, ${smiTime(at)}, ${at.watts}.00 W`)
      const { joules, acceleratorJoules } = replayer.run(gpu("index, timestamp, power.draw [W]", ...rows), ...UTC)
      assert.equal(joules, 4000)
      assert.equal(acceleratorJoules, 4000)
    })

    it("reads on under a header that comes again, with other columns or as it was", () => {
      const again = [HEADER, ...BOARDS.slice(0, 10), HEADER, ...BOARDS.slice(10)]
      assert.equal(replayer.run(gpu(...again), ...UTC).joules, 4000)
      const rows = twoBoards((at) => `${at.watts}.00 W, ${at.board}, ${smiTime(at)}`)
      const other = [HEADER, ...BOARDS.slice(0, 10), "power.draw [W], index, timestamp", ...rows.slice(10)]
      assert.equal(replayer.run(gpu(...other), ...UTC).joules, 4000)
    })

    it("reads what PowerShell writes: UTF-16 with its mark, and CRLF", () => {
      const text = `${[HEADER, ...BOARDS].join("\r\n")}\r\n`
      const utf16 = Buffer.from(text, "utf16le")
      for (const bytes of [
        Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]),
        Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]),
        utf16,
        Buffer.from(`\uFEFF${text}`),
      ])
        assert.equal(replayer.run(replayer.write("gpu.csv", bytes), ...UTC).joules, 4000)
    })

    it("refuses several boards that nothing tells apart, unless their number is said", () => {
      const rows = twoBoards((at) => `${smiTime(at)}, NVIDIA H100 80GB HBM3, ${at.watts}.00 W`)
      const file = gpu("timestamp, name, power.draw [W]", ...rows)
      const refusal = replayer.refuse(file, ...UTC)
      assert.match(refusal, /gpu\.csv:3: several boards seem to share this log/)
      assert.match(refusal, /hint: log again with index among --query-gpu; .*--boards 2/)
      assert.equal(replayer.run(file, ...UTC, "--boards", "2").joules, 4000)
      const eight = Array.from({ length: 6 }, (_, second) =>
        Array.from({ length: 8 }, (_, board) => `${smiTime({ second, ms: board * 3 })}, 100.00 W`),
      ).flat()
      const server = gpu("timestamp, power.draw [W]", ...eight)
      assert.match(replayer.refuse(server, ...UTC), /several boards/)
      assert.equal(replayer.run(server, ...UTC, "--boards", "8").joules, 4000)
    })

    it("loses the order of unnamed boards with a row, and says so", () => {
      const rows = twoBoards((at) => `${smiTime(at)}, ${at.watts}.00 W`)
      const file = gpu("timestamp, power.draw [W]", ...rows.slice(0, 9), ...rows.slice(10))
      assert.match(replayer.refuse(file, ...UTC, "--boards", "2"), /gpu\.csv:1[0-9]: the rows above do not come 2 by 2/)
      const window = ["--from", "2025-01-01T00:00:00.003Z", "--to", "2025-01-01T00:00:03Z"]
      assert.equal(replayer.run(file, ...UTC, "--boards", "2", ...window).joules, 400 * 2.997)
    })

    it("refuses another number of boards than was said", () => {
      const file = gpu(HEADER, ...BOARDS)
      assert.match(replayer.refuse(file, ...UTC, "--boards", "8"), /2 boards, not 8/)
      assert.equal(replayer.run(file, ...UTC, "--boards", "2").joules, 4000)
    })

    it("takes units from the header and refuses a field in another", () => {
      const milli = BOARDS.map((row) => row.replace(".00 W", "000"))
      assert.equal(replayer.run(gpu("timestamp, index, power.draw [mW]", ...milli), ...UTC).joules, 4000)
      assert.equal(replayer.run(gpu("timestamp, index, power.draw", ...BOARDS), ...UTC).joules, 4000)
      const mixed = gpu("timestamp, index, power.draw [mW]", ...BOARDS)
      assert.match(replayer.refuse(mixed, ...UTC), /gpu\.csv:2: power\.draw is in W under a header in mW/)
      const amperes = gpu("timestamp, index, power.draw [A]", ...milli)
      assert.match(replayer.refuse(amperes, ...UTC), /power\.draw is in A, no unit of power/)
    })

    it("does not take a torn last line for a smaller value", () => {
      const text = lines(HEADER, ...BOARDS)
      const torn = replayer.write("gpu.csv", text.slice(0, -"00.00 W\n".length))
      const { joules, notes } = replayer.run(torn, ...UTC)
      // Board 1 ends a second earlier; its last "1" W is not a power.
      assert.equal(joules, 3900)
      assert.match(notes, /gpu\.csv:23: the last line has no end and may be torn: not used/)
      assert.match(replayer.refuse(torn, ...UTC, "--to", "2025-01-01T00:00:10Z"), /readings/)
    })

    it("takes [N/A] for a missing reading, and refuses a board that never gives one", () => {
      const once = BOARDS.map((row, i) => (i === 11 ? row.replace("100.00 W", "[N/A]") : row))
      const { joules, grade } = replayer.run(gpu(HEADER, ...once), ...UTC)
      assert.equal(joules, 4000)
      assert.equal(grade, "estimated")
      const never = BOARDS.map((row) => row.replace("100.00 W", "[N/A]"))
      assert.match(replayer.refuse(gpu(HEADER, ...never), ...UTC), /0 readings of trace\/1\/power\.draw/)
    })

    it("refuses a window past a board's last reading", () => {
      const lost = BOARDS.filter((row, i) => i < 12 || row.includes(", 0, "))
      const window = ["--from", "2025-01-01T00:00:00.003Z", "--to", "2025-01-01T00:00:10Z"]
      assert.match(replayer.refuse(gpu(HEADER, ...lost), ...UTC, ...window), /trace\/1\/power\.draw: .*00:00:05\.003Z/)
      assert.equal(replayer.run(gpu(HEADER, ...lost), ...UTC).ms, 5003)
    })

    it("adds up no log with itself, nor a board with itself", () => {
      const uuid = BOARDS.map((row) => row.replace(/, ([01]), /, ", GPU-$1, "))
      const a = replayer.write("a.csv", lines("timestamp, uuid, power.draw [W]", ...uuid))
      const b = replayer.write("b.csv", lines("timestamp, uuid, power.draw [W]", ...uuid.slice(2)))
      assert.match(replayer.refuse(a, a, "--sum", ...UTC), /are one file or hold one board/)
      assert.match(replayer.refuse(a, b, "--sum", ...UTC), /are one file or hold one board/)
    })
  })

  describe("nvidia-smi dmon", () => {
    const two = (n: number) => String(n).padStart(2, "0")
    const HEADER = [
      "#Date       Time        gpu    pwr  gtemp  mtemp     sm    mem",
      "#YYYYMMDD   HH:MM:SS    Idx      W      C      C      %      %",
    ]
    const rows = twoBoards(
      ({ second, board, watts }) =>
        ` 20250101   00:00:${two(second)}      ${board}    ${watts}     60      -     ${board === 0 ? 98 : 0}     40`,
    )
    const dmon = (...rows: readonly string[]) => replayer.write("dmon.txt", lines(...rows))

    it("reads -s pu -o DT, whose header comes again and again", () => {
      const { joules, idleJoules } = replayer.run(dmon(...HEADER, ...rows), ...UTC)
      assert.equal(joules, 4000)
      assert.equal(idleJoules, 1000)
      assert.equal(replayer.run(dmon(...HEADER, ...rows.slice(0, 9), ...HEADER, ...rows.slice(9)), ...UTC).joules, 4000)
    })

    it("reads --format csv", () => {
      const csv = [...HEADER, ...rows].map((line) => line.trim().split(/\s+/).join(", "))
      assert.equal(replayer.run(dmon(...csv), ...UTC).joules, 4000)
    })

    it("refuses a log without times or in other units, and says how to log", () => {
      const bare = ["# gpu   pwr  gtemp", "# Idx     W      C", "    0   300     60", "    0   300     60"]
      assert.match(replayer.refuse(dmon(...bare), ...UTC), /no column date, time\nhint: log with nvidia-smi dmon/)
      const other = [HEADER[0] ?? "", (HEADER[1] ?? "").replace("  W", " mW"), ...rows]
      assert.match(replayer.refuse(dmon(...other), ...UTC), /pwr is in mW, not in W/)
    })

    it("takes a dash for a missing reading", () => {
      const once = rows.map((row, i) => (i === 10 ? row.replace("300", "  -") : row))
      assert.equal(replayer.run(dmon(...HEADER, ...once), ...UTC).joules, 4000)
      assert.equal(replayer.run(dmon(...HEADER, ...once), ...UTC).grade, "estimated")
    })
  })

  describe("CodeCarbon", () => {
    const HEADER =
      "timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,gpu_model"
    const row = (time: string, run: string, duration: number, kWh: number) =>
      `2025-01-01T00:${time},p,${run},${duration}.0,1e-06,1e-08,1,0,1,${kWh}e-06,0,0,${kWh}e-06,`
    const emissions = (...rows: readonly string[]) => replayer.write("emissions.csv", lines(HEADER, ...rows))
    const first = [row("00:30", "a", 30, 18), row("01:00", "a", 60, 36)]

    it("takes the last row of a run_id, which contains those before it", () => {
      const file = emissions(...first)
      const { joules, ms } = replayer.run(file, ...UTC)
      assert.equal(joules, 129.6)
      assert.equal(ms, 60_000)
      assert.match(replayer.refuse(file, ...UTC, "--record", "2"), /the file holds 1 runs/)
    })

    it("counts runs by run_id, whatever their rows", () => {
      const file = emissions(first[0] ?? "", row("00:40", "b", 5, 5), first[1] ?? "")
      assert.match(replayer.refuse(file, ...UTC), /holds 2 runs\nhint: say which of them by --record/)
      assert.equal(replayer.run(file, ...UTC, "--record", "1").joules, 129.6)
      assert.equal(replayer.run(file, ...UTC, "--record", "2").joules, 18)
    })

    it("refuses rows of one run_id whose total falls", () => {
      const file = emissions(...first, row("01:30", "a", 90, 20))
      assert.match(replayer.refuse(file, ...UTC), /emissions\.csv:4: cpu_energy is lower than in line 3/)
    })

    it("refuses a torn last row", () => {
      const text = lines(HEADER, ...first)
      const file = replayer.write("emissions.csv", text.slice(0, -1))
      assert.match(replayer.refuse(file, ...UTC, "--record", "2"), /:3: the last line has no end/)
    })
  })
})
