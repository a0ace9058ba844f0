#!/usr/bin/env bash
# Publishes the sample, and shows how large the file is and how long it takes from its start to its end, with the answer in between.
# usage: measure.sh [RUNS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
runs=${1:-100}
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
linker=clang
command -v clang > /dev/null || linker=gcc
dotnet publish -c Release -v quiet -r linux-x64 -p:CppCompilerAndLinker=$linker -o "$output"
program=$output/LeNet5.Aot
"$program"
times=$(for ((i = 0; i < runs; i++)); do
    start=$(date +%s%N)
    "$program" > /dev/null
    echo $((($(date +%s%N) - start) / 1000))
done | sort -n)
echo "bytes: $(stat -c %s "$program")"
# The shell's own fork and exec, and a run of date, are in it.
echo "start to end, us: fastest $(head -1 <<< "$times"), median $(sed -n "$(((runs + 1) / 2))p" <<< "$times")"
