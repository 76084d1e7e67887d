export { createDevice } from "./commands/init.ts"
export { postSubmission, RelayerError } from "./commands/submit.ts"
export { createKeyFile, openKeyFile, SCHEME_NAMES, type SchemeName } from "./keys/file-key.ts"
export { deviceOf, type RunCounter, type Signer } from "./keys/signer.ts"
export { type ReplayOptions, replay, WindowError } from "./replay.ts"
export { type ClosedRun, DEVICE_FILES, Device, OldCopy, type Recovered } from "./run/device.ts"
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
export { TraceError } from "./traces/trace.ts"
export { AGENT_VERSION } from "./version.ts"
