export const USAGE = `usage: wattest-prove COMMAND [OPTION]…

  certificate   a certificate of a run, or of a job's consecutive runs, from the archive and the receipts of its anchors
  excerpt       evidence of chosen captures only, with inclusion proofs

certificate --archive DIR --device ID --runs A[-B] [--receipt FILE… | --relayer URL] --out FILE
excerpt     --archive DIR --device ID --run N --captures N[,M…] --out FILE

  --archive DIR    the folder in which the attester keeps closed runs
  --device ID      device id, 0x and 64 digits
  --runs A[-B]     first and last run
  --receipt FILE   a run's receipt; once for each run in ascending order; without it and --relayer, the archive's own
  --relayer URL      ask this relay for the receipts
  --captures N,M   sequence numbers of the captures to show
  --out FILE       where the document goes; nothing is left there on failure
  --json           on success, one line of JSON about the document on standard output
  --help           this text

Exit codes: 0 written, 1 refused (archive, receipt or claim does not hold), 2 wrong usage, 3 a relay or chain did not answer.

Examples:
  wattest-prove certificate --archive archive --device 0x3d40…660c --runs 7 --relayer http://127.0.0.1:8600 --out run7.json
  wattest-prove excerpt --archive archive --device 0x3d40…660c --run 7 --captures 0,60,120 --out excerpt.ndjson
`
