#!/bin/sh
# Prolog of slurm.conf: the job becomes the device's workload on this node.
. "$(dirname "$0")/endpoint.sh"

body=$(printf '{"workload":"%s","job":"%s","party":"%s","model":"%s","unit":"%s"}' "$WORKLOAD" "$WORKLOAD" \
  "$(plain "${SLURM_JOB_ACCOUNT:-${SLURM_JOB_USER:-}}")" "$(plain "${WATTEST_MODEL:-}")" "$(plain "${WATTEST_UNIT:-}")")
answer=$(ask POST /v1/run "$body") || give_up "the device does not answer"
case $(printf %s "$answer" | tail -n 1) in
  200) exit 0 ;;
  *) give_up "the device refuses: $(printf %s "$answer" | head -n 1)" ;;
esac
