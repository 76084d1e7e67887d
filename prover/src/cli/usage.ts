export const USAGE = `usage: wattest-prove COMMAND [OPTION]…

  certificate   a certificate of a run, or of a job's consecutive runs, from the archive and the receipts of its anchors
  excerpt       evidence of chosen captures only, with inclusion proofs
  claim         a presentation: a number over all runs that ledgers anchored in a period, proved and nothing else shown
  chosen        a presentation: a number over chosen runs of a device; it says nothing of the others
  publish       a presentation's claims in the registry of claims; once more, it goes on where it stopped

certificate --archive DIR --device ID --runs A[-B] [--receipt FILE… | --relay URL] --out FILE
excerpt     --archive DIR --device ID --run N --captures N[,M…] --out FILE
claim       --rpc URL --registry ADDRESS --ledger ID… --archive DIR… --from TIME --to TIME
            --metric NAME [--model TEXT] [--unit TEXT] [--zone TEXT] [--party TEXT] --boundary NAME
            [--energy-grade NAME] [--work-grade NAME] [--at-least QUANTITY] [--at-most QUANTITY] [--unopened N]
            [--keys DIR] [--processes N] --out FILE [--publish --claims ADDRESS --operator-key FILE [--gas-cap N]]
chosen      --archive DIR --device ID --runs A[-B] [--receipt FILE… | --relay URL] --metric NAME --boundary NAME
            [filters, grades and bounds as for claim] [--keys DIR] --out FILE
publish     --rpc URL --claims ADDRESS --operator-key FILE --presentation FILE [--gas-cap N]

  --archive DIR        a folder in which an attester keeps closed runs
  --device ID          device id, 0x and 64 digits
  --runs A[-B], --run  first and last run; one run
  --receipt FILE       a run's receipt; once for each run in ascending order; without it and --relay, the archive's own
  --relay URL          ask this relay for the receipts
  --captures N,M       sequence numbers of the captures to show
  --rpc URL            a node of the chain; it is trusted with nothing
  --registry ADDRESS   the registry of anchors
  --ledger ID          a ledger's id, keccak256 of operator and voucher; once for each
  --from, --to TIME    the period in block time, --to excluded: 2026-01-01, 2026-01-01T12:00:00Z or Unix seconds
  --metric NAME        energy, energy-per-work (joules-per-UNIT), energy-per-accepted (joules-per-accepted-UNIT), idle-tax,
                       accelerator-share, carbon, carbon-per-work, water, water-per-work, work, ledger-share
  --model, --zone, --party TEXT   count only these runs
  --unit TEXT          unit of work that every counted run must have, such as token
  --boundary NAME      where energy is metered: gpu, node, rack, facility
  --energy-grade, --work-grade NAME   worst grades of a counted run; measured and declared unless given
  --at-least, --at-most QUANTITY   the bounds: 0.07, 70 mJ, "0.07 J/token"; exact, never rounded
  --unopened N         most runs that the archives may lack; the claim shows their number
  --keys DIR           the circuits' keys; build/circuits unless given
  --processes N        proofs made at once; the number of cores unless given
  --publish            also send the claim to the registry of claims
  --claims ADDRESS     the registry of claims
  --operator-key FILE  the operator's private key, 0x and 64 digits
  --gas-cap N          most gas of one transaction; 16777216 unless given
  --presentation FILE  a presentation to publish
  --out FILE           where the document goes; nothing is left there on failure
  --json               on success, one line of JSON about the document on standard output
  --help               this text

Exit codes: 0 written, 1 refused (archive, receipt or claim does not hold), 2 wrong usage, 3 a relay or chain did not answer.

Examples:
  wattest-prove certificate --archive archive --device 0x3d40…660c --runs 7 --relay http://127.0.0.1:8600 --out run7.json
  wattest-prove excerpt --archive archive --device 0x3d40…660c --run 7 --captures 0,60,120 --out excerpt.ndjson
  wattest-prove claim --rpc http://127.0.0.1:8545 --registry 0x5fbd…0aa3 --ledger 0x91c2…77d0 --archive archive \\
    --from 2026-01-01 --to 2026-04-01 --model llama --metric joules-per-token --boundary node --at-most 0.07 --out q1.json
`
