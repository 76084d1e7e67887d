import { stop } from "@wattest/testkit/local/processes"
import { createNarration } from "./demo/narration.ts"
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

const USAGE = `usage: npm start [-- [--trace FILE] [--out DIR] [OPTION]…]

Turns a power trace into a certificate on a local chain, verifies it, and shows forgeries refused.

  --trace FILE   an MLPerf training power log, an MLPerf PTDaemon spl.txt, or nvidia-smi CSV;
                 without it, the project's own simulated sample
  --out DIR      where the documents go (default: build/demo; what is there is replaced)
  OPTION         any option of wattest device replay, such as --utc-offset +01:00 or --model NAME

examples:
  npm start
  npm start -- --trace node_0.txt --model llama2-70b --unit sample --work 3072
  npm start -- --trace gpudata.csv --utc-offset +01:00
`

const SAMPLE = ["samples/h100-simulated.csv", "--grade", "simulated", "--utc-offset", "+00:00", "--interval", "1s"]
const LABELS = ["--model", "sample-8b", "--unit", "token", "--work", "180000", "--zone", "DE", "--job", "sample"]

type Words = { readonly trace?: string; readonly out: string; readonly help: boolean; readonly rest: readonly string[] }

/** The demonstration's own options, and all other words as they came. */
function readWords(argv: readonly string[]): Words {
  const own = new Map<string, string>()
  const rest: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string
    if (word === "--trace" || word === "--out") own.set(word, argv[++i] ?? "")
    else rest.push(word)
  }
  const trace = own.get("--trace")
  return {
    ...(trace === undefined ? {} : { trace }),
    out: own.get("--out") ?? "build/demo",
    help: rest.includes("--help"),
    rest,
  }
}

async function demo({ trace, out, rest }: Words): Promise<void> {
  const stage = { folder: out, narration: createNarration() }
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
  const { certificate, evidence, policy, report } = filesIn(out)
  console.log(`\nThe documents:\n  ${[certificate, evidence, policy, report].join("\n  ")}`)
  console.log(`\nTry next, without any chain:
  npx wattest verify ${certificate} --evidence ${evidence} --policy ${policy}
  npm run page        # then open build/page/index.html and drop certificate, evidence and policy on it
  npm start -- --help # and give it a power trace of yours`)
}

const words = readWords(process.argv.slice(2))
if (words.help) console.log(USAGE)
else
  await demo(words).catch((error: Error) => {
    console.error(`error: ${error.message}`)
    process.exit(1)
  })
