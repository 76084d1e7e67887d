export const USAGE = `usage: wattest-verify CERTIFICATE --policy FILE [--evidence FILE]... [options]
       wattest-verify PRESENTATION --policy FILE [--offline] [--json]
       wattest-verify policy init [--output FILE] [--chain ID] [--registry ADDRESS]...
                                  [--voucher ADDRESS]... [--rpc URL]... [--block NUMBER:HASH[:TIME]]...
                                  [--vouches-as-of DATE]

Judges a certificate and the evidence behind it, or the claims of a presentation, against what you believe. Nothing is
believed that the policy does not name.

options:
  --policy FILE     what you believe: chains, registries, vouchers, grades, tolerances
  --evidence FILE   captures of one run, NDJSON or gzip of it; once for each run
  --offline         ask no node, even if the policy lists some; otherwise nodes have five minutes in all
  --html FILE       also write the report as one self-contained page
  --json            print the report as JSON instead of a table
  --help            print this text

policy init writes a policy that believes nobody, or those whom the options name:
  --chain ID            a chain; the options below are about it
  --registry ADDRESS    a registry on that chain
  --block NUMBER:HASH   a block of that chain that you looked up yourself; :TIME, its Unix seconds, dates runs that began after it
  --rpc URL             a node of that chain; several must agree
  --voucher ADDRESS     an account whose word about devices you believe
  --vouches-as-of DATE  proofs that a voucher's word still holds must be of that day or later; 2026-11-01, or a time with zone
  --output FILE         where to write; the terminal if absent

exit codes: 0 valid, 1 invalid, 2 usage or unreadable file, 3 undetermined, 4 a fault of the verifier: nothing was judged, 5 genuine, but not what the policy accepts

examples:
  wattest-verify policy init --chain 137 --registry 0x5FbD… --voucher 0x7099… > policy.json
  wattest-verify run.certificate.json --policy policy.json
  wattest-verify q1.presentation.json --policy policy.json
  wattest-verify run.certificate.json --evidence run.evidence.ndjson.gz --policy policy.json --html report.html
`
