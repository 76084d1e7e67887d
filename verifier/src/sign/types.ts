/** Payload type of a signed report. */
export const SIGNED_REPORT_TYPE = "application/vnd.wattest.signed-report.v1+json"
