export { Agent } from "./agent/agent.ts"
export { type AgentConfig, parseAgentConfig, readAgentConfig } from "./agent/config.ts"
export { NothingMeasured } from "./agent/opening.ts"
export type { AgentOptions } from "./agent/options.ts"
export { createDevice } from "./commands/init.ts"
export { type ListedRun, listRuns, stateOf } from "./commands/ls.ts"
export { describeVouch } from "./inventory/command.ts"
export { takeInventory } from "./inventory/inventory.ts"
export { createKeyFile, openKeyFile } from "./keys/file-key.ts"
export { openKey } from "./keys/key-place.ts"
export { SCHEME_NAMES, type SchemeName } from "./keys/scheme-names.ts"
export { deviceOf, type RunCounter, type Signer } from "./keys/signer.ts"
export { postSubmission } from "./relay/client.ts"
export { RelayerLink } from "./relay/link.ts"
export { type PreparedReplay, prepareReplay, type ReplayOptions, replay, replayPrepared } from "./replay.ts"
export { OtherOrigin, RunsOverlap } from "./run/admission.ts"
export {
  type ClosedRun,
  Device,
  OldCopy,
  type Recovered,
} from "./run/device.ts"
export type { DeviceState, Enrolment } from "./run/device-log.ts"
export type { Observation, Run, RunLabels } from "./run/run.ts"
export {
  EnrolledElsewhere,
  encodeSubmission,
  type SignedEnrolment,
  type SignedRetirement,
  signEnrolment,
  signRetirement,
  signSubmission,
} from "./run/submission.ts"
export { DEVICE_FILES } from "./store/device-folder.ts"
export { NotPrivate } from "./store/private.ts"
export type { TraceClock } from "./traces/recording/recording.ts"
export { WindowError } from "./traces/recording/window.ts"
export { TimeZoneError } from "./traces/time-zone.ts"
export { TraceError } from "./traces/trace.ts"
export { AGENT_VERSION } from "./version.ts"
export { readAccess } from "./workload/access.ts"
export { openEndpoint } from "./workload/endpoint.ts"
export { WorkloadBusy, type WorkloadLabels, type WorkloadRun, WorkRefused } from "./workload/workload.ts"
