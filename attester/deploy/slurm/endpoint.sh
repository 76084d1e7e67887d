# Read by prolog.sh and epilog.sh. Slurm gives them no search path.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

WATTEST_ENDPOINT=${WATTEST_ENDPOINT:-${WATTEST_HOME:-/var/lib/wattest}/endpoint.json}

# What the job's workload is called: letters, digits and marks that need no escape in JSON.
plain() { printf %s "$1" | tr -c 'A-Za-z0-9._@/+-' _ | cut -c 1-128; }
WORKLOAD=slurm-$(plain "${SLURM_CLUSTER_NAME:-cluster}")-$(plain "${SLURM_JOB_ID:-0}")

# A text of endpoint.json, which holds one of each name.
field() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" "$WATTEST_ENDPOINT"; }

say() { printf 'wattest: %s\n' "$1" >&2; }

# A failing prolog drains its node: metering never does. What goes wrong is said and the job goes on.
give_up() {
  say "$1; job ${SLURM_JOB_ID:-?} is not metered as a workload"
  exit 0
}

[ -r "$WATTEST_ENDPOINT" ] || give_up "no endpoint at $WATTEST_ENDPOINT"
command -v curl >/dev/null || give_up "curl is not installed"
URL=$(field url)
TOKEN=$(field token)

# ask METHOD PATH [BODY]: the answer on one line, then the status on the next. The token goes where no list of
# processes shows it.
ask() {
  printf 'header = "authorization: Bearer %s"\n' "$TOKEN" |
    curl --silent --show-error --max-time 10 --config - --request "$1" --header 'content-type: application/json' \
      ${3:+--data "$3"} --write-out '%{http_code}' "$URL$2"
}
