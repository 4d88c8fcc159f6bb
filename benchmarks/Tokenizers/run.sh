#!/bin/sh
# Kiln's tokenizers beside the Rust library's, on the same lines, one thread each, processor time:
#   benchmarks/Tokenizers/run.sh WORK_FOLDER [SECONDS]
# Needs ../shared (peers, oracle, models), node 20 with npm, and jq or node to divide.
set -e
here=$(cd "$(dirname "$0")" && pwd)
shared="$here/../../../shared"
work=$(mkdir -p "$1" && cd "$1" && pwd)
seconds=${2:-3}
dotnet build -c Release -nologo -v q "$here" >/dev/null
kiln="dotnet $here/bin/Release/net10.0/Kiln.Tokenizers.Benchmarks.dll"
[ -d "$work/node_modules/tokenizers" ] || (cd "$work" && npm init -y >/dev/null && npm install --no-audit --no-fund tokenizers@0.23.2 >/dev/null)
$kiln text "$work/text.txt"
oracle="$shared/oracle/tokenizers"
[ -f "$work/unigram-32k/tokenizer.json" ] || $kiln unigram 32000 "$oracle/t5/tokenizer.json" "$work/unigram-32k"
[ -f "$work/unigram-250k/tokenizer.json" ] || $kiln unigram 250000 "$oracle/xlm-roberta/tokenizer.json" "$work/unigram-250k"
uptime
for folder in "$oracle/real-gpt2" "$shared/models/minilm-l6-v2" "$work/unigram-32k" "$work/unigram-250k"; do
    ours=$($kiln time "$folder" "$work/text.txt" "$seconds" 2>&1) || { echo "$folder: $ours" | head -2; continue; }
    theirs=$(node "$shared/peers/tokenizer_bench.mjs" --work "$work" --tokenizer "$folder" --text "$work/text.txt" --seconds "$seconds" --json)
    node -e '
        const [a, b] = process.argv.slice(1).map(s => JSON.parse(s)), mb = ms => (a.bytes / ms / 1e3).toFixed(1);
        console.log(`${a.tokenizer}: with offsets ${mb(a.cpu_ms)} MB/s, ids ${mb(a.cpu_ms_ids)} MB/s, reference ${mb(b.cpu_ms)} MB/s; ` +
            `ratio ${(b.cpu_ms / a.cpu_ms).toFixed(1)}, ids ${(b.cpu_ms / a.cpu_ms_ids).toFixed(1)}; tokens ${a.tokens} ${b.tokens}; ` +
            `load ${a.load_us} us to ${b.load_ms} ms, 1/${Math.round(b.load_ms * 1e3 / a.load_us)}; table ${a.table_bytes} bytes; others ${b.others}`);' "$ours" "$theirs"
done
