/** Payload type of a signed report. */
export const SIGNED_REPORT_TYPE = "application/vnd.wattest.signed-report.v1+json"

/** Longest signed report, in bytes. */
export const MAX_SIGNED_BYTES = 256 * 1024 * 1024
