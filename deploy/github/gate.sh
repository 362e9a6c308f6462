#!/usr/bin/env bash
# What the step of action.yml runs: quorate gate with the inputs of the step, which are in the variables GATE_*. Ends with 0 when the
# script has ended with 0, here or on another runner, and while there is nothing to do yet; the outputs of the step tell which.
set -euo pipefail

refuse() {
  echo "quorate gate: $1" >&2
  exit 2
}

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/quorate-gate.XXXXXX")
trap 'rm -rf "$folder"' EXIT

if [ -n "$GATE_PROGRAM" ]; then program=("$GATE_PROGRAM"); else program=(npx --yes quorate); fi
options=(--json "--lease=$GATE_LEASE")
if [ -n "$GATE_TIMEOUT" ]; then options+=("--timeout=$GATE_TIMEOUT"); else options+=(--no-wait); fi
if [ -n "$GATE_RESUME" ]; then
  options+=("--resume=$GATE_RESUME")
else
  [ -n "$GATE_GROUP" ] || refuse 'give the input group, or resume'
  # Else it would be an option.
  case $GATE_GROUP in -*) refuse 'the input group is not the name of a group' ;; esac
  if [ -n "$GATE_EXPECT" ]; then options+=("--expect=$GATE_EXPECT"); fi
  if [ -n "$GATE_SUBJECT" ]; then options+=("--subject=$GATE_SUBJECT"); fi
  options=("$GATE_GROUP" "${options[@]}")
fi

# The script runs as the runner would run it. What it acts on is no business of the group, nor the reverse.
printf '%s\n' "$GATE_RUN" > "$folder/run.sh"
hidden=()
for name in QUORATE_TOKEN QUORATE_URL GATE_GROUP GATE_RUN GATE_EXPECT GATE_SUBJECT GATE_TIMEOUT GATE_RESUME GATE_LEASE GATE_PROGRAM; do
  hidden+=(-u "$name")
done

# In the background, so that a cancelled job stops the script: bash handles a signal only between commands.
"${program[@]}" gate "${options[@]}" -- \
  env "${hidden[@]}" bash --noprofile --norc -eo pipefail "$folder/run.sh" > "$folder/answer" &
gate=$!
stopping=
trap 'stopping=1; kill -TERM "$gate" 2> /dev/null || true' INT TERM
code=0
wait "$gate" || code=$?
# A signal ends the wait before the gate has ended.
while [ -n "$stopping" ]; do
  stopping=
  code=0
  wait "$gate" || code=$?
done

# One line for each output, whatever a server has answered: a line break in it would begin another output.
node --input-type=module -e '
  import { readFileSync } from "node:fs";
  const line = readFileSync(0, "utf8").trim().split("\n").at(-1);
  if (line) {
    const { state, here, exitCode, round, claim, handle } = JSON.parse(line);
    const outputs = { state, here, "exit-code": exitCode, round: round?.round, fence: claim?.fence, handle };
    for (const [name, value] of Object.entries(outputs)) console.log(`${name}=${String(value ?? "").replace(/\s/g, " ")}`);
  }
' < "$folder/answer" >> "$GITHUB_OUTPUT"

# 3: nothing to do yet.
if [ "$code" -eq 3 ]; then exit 0; fi
exit "$code"
