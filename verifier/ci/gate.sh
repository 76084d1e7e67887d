#!/bin/sh
# Runs `wattest verify` as a pipeline's gate, from what the pipeline sets:
#   WATTEST_PATHS   files, folders and patterns, one a line
#   WATTEST_POLICY  the policy's file
#   WATTEST_EXPECT  bounds, one a line, such as: energy-per-work <= 0.2 kWh/Mtoken
#   WATTEST_MODEL, WATTEST_PARTY, WATTEST_FROM, WATTEST_TO, WATTEST_MIN_GRADE, WATTEST_FAIL_ON   as the options of these names
#   WATTEST_WHOLE_JOB, WATTEST_CENTRAL   true for the options of these names
#   WATTEST_JUNIT   where a test suite in JUnit XML goes
#   WATTEST_COMMAND the command; wattest-verify of the package by default
# Ends with the command's exit code: 0 valid, 1 invalid, 2 usage, 3 undetermined, 5 not accepted.
set -eu
newline='
'
command=${WATTEST_COMMAND:-npx --yes @wattest/verifier@0.1.0}
for needed in WATTEST_POLICY WATTEST_PATHS; do
  eval "given=\${$needed:-}"
  [ -n "$given" ] || { echo "error: $needed is not set" >&2; exit 2; }
done
set -- --policy "$WATTEST_POLICY" --line
[ -z "${WATTEST_MODEL:-}" ] || set -- "$@" --model "$WATTEST_MODEL"
[ -z "${WATTEST_PARTY:-}" ] || set -- "$@" --party "$WATTEST_PARTY"
[ -z "${WATTEST_FROM:-}" ] || set -- "$@" --from "$WATTEST_FROM"
[ -z "${WATTEST_TO:-}" ] || set -- "$@" --to "$WATTEST_TO"
case ${WATTEST_WHOLE_JOB:-} in "" | false) ;; *) set -- "$@" --whole-job ;; esac
# Anything but true leaves the stricter reading.
[ "${WATTEST_CENTRAL:-}" != true ] || set -- "$@" --central
[ -z "${WATTEST_MIN_GRADE:-}" ] || set -- "$@" --min-grade "$WATTEST_MIN_GRADE"
[ -z "${WATTEST_FAIL_ON:-}" ] || set -- "$@" --fail-on "$WATTEST_FAIL_ON"
[ -z "${WATTEST_JUNIT:-}" ] || set -- "$@" --junit "$WATTEST_JUNIT"
# Lines become arguments; nothing in them is read as a pattern or an option of the shell.
set -f
IFS=$newline
for bound in ${WATTEST_EXPECT:-}; do set -- "$@" --expect "$bound"; done
for path in $WATTEST_PATHS; do
  case $path in -*) path=./$path ;; esac
  set -- "$@" "$path"
done
IFS=' '
exec $command "$@"
