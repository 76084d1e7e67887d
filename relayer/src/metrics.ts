import { Counter, Gauge, Histogram, Registry } from "prom-client"

export type Metrics = ReturnType<typeof createMetrics>

/** Everything that an operator can alert on (docs/operating.md). */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string) => new Gauge({ name: `wattest_relayer_${name}`, help, registers })
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `wattest_relayer_${name}`, help, labelNames: [...labelNames], registers })
  return {
    registry,
    accepted: counter("accepted_total", "Submissions accepted with a promise"),
    refused: counter("refused_total", "Requests refused, by code", ["code"]),
    intakeSeconds: new Histogram({
      name: "wattest_relayer_intake_seconds",
      help: "Time from a submission's arrival to its answer",
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    backlog: gauge("backlog", "Accepted submissions that are not settled"),
    backlogAgeSeconds: gauge("backlog_age_seconds", "Age of the oldest accepted submission that is not settled"),
    promisesMissed: gauge("promises_missed", "Accepted submissions past their promised deadline"),
    sent: counter("transactions_sent_total", "Transactions handed to a node"),
    replaced: counter("transactions_replaced_total", "Stuck transactions replaced with higher fees"),
    reverted: counter("transactions_fruitless_total", "Mined transactions that did not anchor their submission"),
    nonce: gauge("nonce", "The sender's next nonce in the latest block"),
    unmined: gauge("transactions_unmined", "Journaled transactions that are not mined"),
    baseFee: gauge("base_fee_wei", "Base fee of the latest block"),
    maxFee: gauge("max_fee_wei", "Fee cap of new transactions; 0 while the base fee passes the policy's cap"),
    blockNumber: gauge("block_number", "Number of the latest block seen"),
    finalityLagBlocks: gauge("finality_lag_blocks", "Blocks between the latest and the finalized one"),
    stepFailures: counter("step_failures_total", "Steps of the sender that ended in an error"),
    lastStep: gauge("last_step_timestamp_seconds", "When the sender last finished a step"),
    rpcFailures: counter("rpc_failures_total", "Failures of RPC endpoints, by host", ["host"]),
    disagreements: counter("rpc_disagreements_total", "Times that endpoints named different final blocks"),
    finalityViolations: counter("finality_violations_total", "Times that the chain took back a final block"),
    senderBalance: gauge("sender_balance_wei", "Balance of the sending account"),
  }
}
