import { stop } from "@wattest/testkit/local/processes"
import { claimAct, claimFiles } from "./demo/claim.ts"
import { areKeysMade, makeKeys } from "./demo/keys.ts"
import { createNarration, type Narration } from "./demo/narration.ts"
import {
  anchorRun,
  certify,
  enrolDevice,
  filesIn,
  forge,
  layGround,
  makeDevice,
  replayTrace,
  verify,
} from "./demo/steps.ts"

const USAGE = `usage: npm start [-- [claim] [--trace FILE] [--out DIR] [OPTION]…]

First act: turns a power trace into a certificate on a local chain, verifies it, and shows forgeries refused.
Second act: proves a number over three days of a simulated fleet, and shows how complete it is. It follows the first
where the circuits' keys are made already and no trace is given.

  claim          the second act alone; it makes the keys first where there are none, in about two minutes
  --trace FILE   an MLPerf training power log, an MLPerf PTDaemon spl.txt, or nvidia-smi CSV;
                 without it, the project's own simulated sample
  --out DIR      where the documents go (default: build/demo; what is there is replaced)
  OPTION         any option of wattest device replay, such as --utc-offset +01:00 or --model NAME

examples:
  npm start
  npm start -- claim
  npm start -- --trace node_0.txt --model llama2-70b --unit sample --work 3072
  npm start -- --trace gpudata.csv --utc-offset +01:00
`

const SAMPLE = ["samples/h100-simulated.csv", "--grade", "simulated", "--utc-offset", "+00:00", "--interval", "1s"]
const LABELS = ["--model", "sample-8b", "--unit", "token", "--work", "180000", "--zone", "DE", "--job", "sample"]

type Words = {
  readonly isClaim: boolean
  readonly trace?: string
  readonly out: string
  readonly help: boolean
  readonly rest: readonly string[]
}

/** The demonstration's own options, and all other words as they came. */
function readWords(argv: readonly string[]): Words {
  const isClaim = argv[0] === "claim"
  const own = new Map<string, string>()
  const rest: string[] = []
  for (let i = isClaim ? 1 : 0; i < argv.length; i++) {
    const word = argv[i] as string
    if (word === "--trace" || word === "--out") own.set(word, argv[++i] ?? "")
    else rest.push(word)
  }
  const trace = own.get("--trace")
  const help = rest.includes("--help")
  return { isClaim, ...(trace === undefined ? {} : { trace }), out: own.get("--out") ?? "build/demo", help, rest }
}

async function firstAct({ trace, out, rest }: Words, narration: Narration): Promise<void> {
  const stage = { folder: out, narration }
  const ground = await layGround(stage)
  const device = await makeDevice(stage)
  await replayTrace(stage, trace === undefined ? [...SAMPLE, ...LABELS, ...rest] : [trace, ...rest])
  await enrolDevice(stage, ground, device)
  const relayer = await anchorRun(stage, ground, device)
  await certify(stage, relayer, device)
  await verify(stage, ground)
  await forge(stage)
  await stop(relayer.process)
  await ground.chain.stop()
}

function sayWhatIsThere(out: string, hasClaim: boolean): void {
  const { certificate, evidence, policy, report } = filesIn(out)
  const documents = [certificate, evidence, policy, report, ...(hasClaim ? [claimFiles(out).claim] : [])]
  console.log(`\nThe documents:\n  ${documents.join("\n  ")}`)
  if (!hasClaim)
    console.log("\nThe second act, a claim over a fleet, makes keys first (about two minutes): npm start -- claim")
  console.log(`\nTry next, without any chain:
  npx wattest verify ${certificate} --evidence ${evidence} --policy ${policy}
  npm run page        # then open build/page/index.html and drop certificate, evidence and policy on it
  npm start -- --help # and give it a power trace of yours`)
}

async function demo(words: Words): Promise<void> {
  const narration = createNarration()
  const stage = { folder: words.out, narration }
  if (words.isClaim) {
    if (!areKeysMade()) makeKeys()
    return claimAct(stage)
  }
  await firstAct(words, narration)
  const hasClaim = words.trace === undefined && areKeysMade()
  if (hasClaim) await claimAct(stage)
  sayWhatIsThere(words.out, hasClaim)
}

const words = readWords(process.argv.slice(2))
if (words.help) console.log(USAGE)
else
  await demo(words).catch((error: Error) => {
    console.error(`error: ${error.message}`)
    process.exit(1)
  })
