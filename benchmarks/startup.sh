#!/usr/bin/env bash
# Whole processes, alternating: a program that prints hello; one that prints the first token of a story; one that opens a model of
# SmolLM2-135M's shape (a side file of 269 MB, in the file cache) and could call Forward. Prints medians and their ratio to hello, and
# each program's peak memory: resident in all, and the private part of it (what is not pages of a mapped file).
# usage: benchmarks/startup.sh [runs]
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-100}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export KILN_THREADS=1

dotnet run -c Release --project benchmarks/MakeCheckpoint -- smollm2-135m "$work/checkpoint" bf16
dotnet publish -c Release -r linux-x64 benchmarks/Hello -o "$work/hello" --tl:off -v q
dotnet publish -c Release -r linux-x64 samples/Stories -o "$work/stories" --tl:off -v q
dotnet publish -c Release -r linux-x64 benchmarks/Model -p:Checkpoint="$work/checkpoint" -p:ModelOutput="$work" -o "$work/model" --tl:off -v q

hello() { "$work/hello/Hello" > /dev/null; }
story() { "$work/stories/Stories" "Once upon a time" --max-new-tokens 1 > /dev/null; }
load() { "$work/model/model-bench" load > /dev/null; }
for ((i = 0; i < runs; i++)); do
    for what in hello story load; do
        start=${EPOCHREALTIME/./}
        $what
        end=${EPOCHREALTIME/./}
        echo $((end - start)) >> "$work/$what.times"
    done
done
median() { sort -n "$work/$1.times" | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
base=$(median hello)
for what in hello story load; do
    m=$(median $what)
    awk -v what=$what -v m="$m" -v base="$base" 'BEGIN { printf "%-6s median %.2f ms, %.2f x hello\n", what, m / 1000, m / base }'
done
"$work/model/model-bench" load | grep memory
ls -l "$work/hello/Hello" "$work/stories/Stories" "$work/model/model-bench" | awk '{ printf "%s bytes %s\n", $5, $9 }' | sed "s#$work/##"
