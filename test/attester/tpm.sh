#!/bin/sh
# Usage: dbus-run-session -- tpm.sh FOLDER PORT MODULE NODE MAIN TRACE
# A TPM 2.0 (swtpm) behind its resource manager, a token of tpm2-pkcs11 on it, and a run signed by that token.
set -eu
cd "$1"
mkdir state store
swtpm socket --tpm2 --tpmstate dir=state --ctrl "type=tcp,port=$(($2 + 1))" --server "type=tcp,port=$2" \
  --flags not-need-init,startup-clear &
tpm=$!
trap 'kill $manager $tpm 2>/dev/null || true' EXIT
manager=
sleep 0.5
tpm2-abrmd --session --allow-root --tcti="swtpm:host=127.0.0.1,port=$2" &
manager=$!
export TPM2TOOLS_TCTI=tabrmd:bus_type=session TPM2_PKCS11_TCTI=tabrmd:bus_type=session TPM2_PKCS11_STORE="$1/store"
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  tpm2_getcap properties-fixed >/dev/null 2>&1 && break
  sleep 0.5
done
tpm2_ptool init --path store >/dev/null
tpm2_ptool addtoken --pid=1 --sopin=sopin --userpin="$WATTEST_PIN" --label=device --path store >/dev/null
"$4" "$5" init --home device --pkcs11-module "$3" --token device --scheme p256 --json
"$4" "$5" replay "$6" --home device --utc-offset Z --grade simulated --interval 30s --json
