#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Copyright (c) the distproc authors
#
# Runs a command beside a real Slurm of one node: munged, slurmctld and slurmd in private namespaces, with all files in
# a folder that goes with them. Nothing of the machine's own is touched; daemons and jobs end with the command.
#
#   slurm.sh COMMAND...     may call sbatch, srun, squeue, scancel; the exit code is its own
#
# Exit code 77 where that cannot be done (1 if DISTPROC_REQUIRE_CLUSTER=1). Needs slurmctld, slurmd, slurm-client, munge
# (Debian's names) and root.
set -euo pipefail

cannot() {
    echo "slurm.sh: no Slurm here: $1" >&2
    [[ ${DISTPROC_REQUIRE_CLUSTER:-0} != 1 ]] || exit 1
    exit 77
}

outer() {
    export PATH="$PATH:/usr/sbin:/sbin"
    local tool
    for tool in slurmctld slurmd munged sbatch unshare ip; do
        command -v "$tool" >/dev/null || cannot "the program '$tool' is missing."
    done
    [[ $(id -u) == 0 ]] || cannot "only root can start its daemons."
    local -a spaces=(--mount --net --uts --ipc --pid --fork --kill-child --mount-proc)
    unshare "${spaces[@]}" true 2>/dev/null || cannot "no right to make namespaces."
    local code=0
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    unshare "${spaces[@]}" bash "${BASH_SOURCE[0]}" --inside "$folder" "$@" || code=$?
    return "$code"
}

inside() {
    local folder=$1
    shift
    hostname node1
    ip link set lo up
    ip link add node1 type veth peer name away # an address that is not loopback's: Slurm ignores these
    ip address add 10.77.1.1/24 dev node1
    ip link set node1 up && ip link set away up
    printf '127.0.0.1 localhost\n10.77.1.1 node1\n' >"$folder/hosts"
    mount --bind "$folder/hosts" /etc/hosts
    chmod 755 "$folder"
    mkdir "$folder/state" "$folder/spool" "$folder/munge"
    chmod 711 "$folder/munge"
    export SLURM_CONF=$folder/slurm.conf
    head -c 1024 /dev/urandom >"$folder/munge/key"
    chmod 400 "$folder/munge/key"
    local socket=$folder/munge/socket
    cat >"$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=node1(10.77.1.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
SlurmctldTimeout=30
KillWait=5
NodeName=node1 NodeAddr=10.77.1.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=node1 Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
END
    cat >"$folder/cgroup.conf" <<'END'
CgroupPlugin=cgroup/v1
CgroupAutomount=no
ConstrainCores=no
ConstrainRAMSpace=no
ConstrainSwapSpace=no
ConstrainDevices=no
END
    local munge=(munged --force --key-file "$folder/munge/key" --socket "$socket" --pid-file "$folder/munge/pid"
        --log-file "$folder/munge/log" --seed-file "$folder/munge/seed")
    if id munge >/dev/null 2>&1; then # Debian's package makes it; munged warns where root runs it
        chown -R munge: "$folder/munge"
        setpriv --reuid munge --regid munge --clear-groups "${munge[@]}"
    else
        "${munge[@]}"
    fi
    slurmctld
    slurmd
    until [[ $(timeout 5 sinfo -h -o %t 2>/dev/null) == idle ]]; do
        if ((SECONDS > 30)); then
            cat "$folder"/*.log >&2
            cannot "its node has not become idle in 30 s."
        fi
        sleep 0.1
    done
    local code=0
    "$@" || code=$?
    return "$code"
}

if [[ ${1-} == --inside ]]; then
    shift
    inside "$@"
else
    outer "$@"
fi
