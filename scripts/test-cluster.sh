#!/usr/bin/env bash
# Captures shards as tasks of a real Slurm job array and of mpirun, merges them, and compares the merged stores with a
# capture in one piece. Installs Slurm, munge and Open MPI; starts its own daemons in a folder of its own, on ports of
# their own, and stops them.
# usage: scripts/test-cluster.sh      PROBE=FILE runs another binary than the one that scripts/test.sh builds
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/packages.sh slurm-wlm munge openmpi-bin

# The folder and flags of scripts/test.sh, so that its build serves here too.
scratch=.build-test
if [ -z "${PROBE-}" ]; then
  swift build --product probe -c release -Xswiftc -enable-testing -Xswiftc -warnings-as-errors \
    --explicit-target-dependency-import-check error --scratch-path "$scratch"
fi
probe=$(realpath "${PROBE:-$scratch/release/probe}")
compare=$PWD/scripts/compare_stores.py
model=$PWD/Tests/Fixtures/models/llama-gqa
# Sockets have short paths, and the folder must be on a disk that the daemons can reach.
work=$(mktemp -d /tmp/probe-cluster.XXXXXX)
chmod 755 "$work"
daemons=()

step() { echo "== $*" >&2; }

# shellcheck disable=SC2329  # the trap calls it
finish() {
  local code=$?
  trap - EXIT
  for pid in ${daemons[@]+"${daemons[@]}"}; do kill "$pid" 2>/dev/null || true; done
  for pid in ${daemons[@]+"${daemons[@]}"}; do wait "$pid" 2>/dev/null || true; done
  if [ "$code" -ne 0 ]; then
    for log in "$work"/*.log; do
      [ -s "$log" ] && printf '== %s, its end\n' "${log##*/}" >&2 && tail -n 20 "$log" >&2
    done
    echo "test-cluster: failed with exit code $code" >&2
  fi
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

# await SECONDS WHAT COMMAND...: until the command succeeds.
await() {
  local tries=$(($1 * 10)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then
      echo "test-cluster: $what did not come up" >&2
      return 1
    fi
    sleep 0.1
  done
}

start_slurm() {
  local host user ports
  host=$(hostname -s)
  user=$(id -un)
  mapfile -t ports < <(python3 -c '
import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets: s.bind(("127.0.0.1", 0))
for s in sockets: print(s.getsockname()[1])')
  mkdir -m 755 "$work/munge" "$work/state" "$work/spool"
  head -c 1024 /dev/urandom >"$work/munge/key"
  chmod 600 "$work/munge/key"
  munged --foreground --force --num-threads=1 --key-file="$work/munge/key" --socket="$work/munge/socket" \
    --pid-file="$work/munge/pid" --log-file="$work/munge/log" --seed-file="$work/munge/seed" >"$work/munged.log" 2>&1 &
  daemons+=($!)
  await 10 munged munge --socket="$work/munge/socket" --no-input

  export SLURM_CONF=$work/slurm.conf
  # CPUs may be more than there are: the tasks are to run side by side.
  cat >"$SLURM_CONF" <<CONF
ClusterName=probe
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmdPort=${ports[1]}
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 RealMemory=512 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=10 State=UP
CONF
  slurmctld -D >"$work/slurmctld.out.log" 2>&1 &
  daemons+=($!)
  slurmd -D >"$work/slurmd.out.log" 2>&1 &
  daemons+=($!)
  await 30 "the Slurm node" sh -c 'sinfo --noheader --format=%T | grep -qx idle'
}

# merged NAME SHARD...: merges, verifies and compares with the whole.
merged() {
  local out=$work/$1.sqlite
  shift
  "$probe" store merge "$out" "$@"
  "$probe" store verify "$out"
  python3 "$compare" "$work/whole.sqlite" "$out"
}

step "a capture in one piece"
# Eight batches and a part of one; points of equal and of different widths.
python3 - >"$work/corpus.jsonl" <<'PYTHON'
import json, random
random.seed(7)
for i in range(420):
    ids = [random.randrange(96) for _ in range(random.randrange(20, 64))]
    print(json.dumps({"id": f"e{i}", "token_ids": ids, "label": i % 2, "group": f"g{i // 2}"}))
PYTHON
capture=(capture --model "$model" --corpus "$work/corpus.jsonl" --points 'resid_post.*' attn.pattern.1 --name cluster)
"$probe" "${capture[@]}" --store "$work/whole.sqlite"

step "a Slurm job array of four shards"
start_slurm
cat >"$work/job.sh" <<JOB
#!/bin/bash
exec "$probe" ${capture[*]@Q} --store "$work/slurm.sqlite" --shard auto/4
JOB
timeout 60 sbatch --wait --array=0-3 --output="$work/task-%a.log" --chdir="$work" "$work/job.sh" >&2
merged merged-slurm "$work"/slurm.shard-{0..3}-of-4.sqlite

step "counted from 1, the last task says what to do"
if timeout 60 sbatch --wait --array=4 --output="$work/wrong.txt" --chdir="$work" "$work/job.sh" >&2; then
  echo "test-cluster: task 4 of 4 shards succeeded" >&2
  exit 1
fi
grep -q -- '--array=0-3' "$work/wrong.txt" || { cat "$work/wrong.txt" >&2; exit 1; }

step "two processes of mpirun"
root=()
if [ "$(id -u)" -eq 0 ]; then root=(--allow-run-as-root); fi
timeout 60 mpirun "${root[@]}" --oversubscribe -np 2 \
  "$probe" "${capture[@]}" --store "$work/mpi.sqlite" --shard auto/2 >"$work/mpirun.log" 2>&1
merged merged-mpi "$work"/mpi.shard-{0..1}-of-2.sqlite

step "the shards' order does not matter, and merging again changes nothing"
merged merged-again "$work"/slurm.shard-{2,0,3,1}-of-4.sqlite
merged merged-again "$work"/slurm.shard-{0..3}-of-4.sqlite
