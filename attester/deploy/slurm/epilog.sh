#!/bin/sh
# Epilog of slurm.conf: the job's workload ends, if it is the one that runs.
. "$(dirname "$0")/endpoint.sh"

status=$(ask GET /v1/status) || give_up "the device does not answer"
case $status in
  *"\"workload\":\"$WORKLOAD\""*) ;;
  # Another job's, or none: the device has one workload at a time, and this job was refused.
  *) exit 0 ;;
esac

# EXIT:SIGNAL where Slurm says it; 128 and the signal is what shells make of the latter.
body='{}'
case ${SLURM_JOB_EXIT_CODE2:-} in
  *:0) body="{\"exitStatus\":$((${SLURM_JOB_EXIT_CODE2%%:*} & 255))}" ;;
  *:*) body="{\"exitStatus\":$((128 + (${SLURM_JOB_EXIT_CODE2##*:} & 127)))}" ;;
esac
answer=$(ask POST /v1/stop "$body") || give_up "the device does not answer"
case $(printf %s "$answer" | tail -n 1) in
  200) exit 0 ;;
  *) give_up "the device refuses: $(printf %s "$answer" | head -n 1)" ;;
esac
