#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Copyright (c) the distproc authors
#
# Runs an MPI program on several real nodes of one machine.
#
# Each node is a network, host name, IPC and mount namespace with its own address, host name and /dev/shm, joined to the
# others by a bridge; the file system is shared, as on a cluster. MPI_COMM_TYPE_SHARED splits by node and the traffic
# between nodes is TCP. All of it lives in private namespaces of this one call: nothing of the machine's network,
# /etc/hosts or /run changes, calls may run side by side, and the kernel removes everything when the call ends, also
# when it is killed. Inside, ranks see process ids of their own and a TMPDIR that the nodes share and that is removed.
set -euo pipefail

usage() {
    cat >&2 <<'END'
usage: cluster.sh run [options] [--] [mpirun options] PROGRAM [ARGS]
  --nodes N             number of nodes (default: as many as --slots names, else 2)
  --slots A,B,...       ranks on each node (default: 1 on each)
  --timeout SECONDS     kill everything after that time and exit with 124 (default 120)
  --mpirun PROGRAM      which mpirun (default: the one in PATH)
  --cut-after SECONDS NODE   take the link of NODE (1, 2, ...) down that long after mpirun starts
  --cut-when FILE NODE       take the link of NODE down as soon as FILE exists
The exit code is mpirun's; 124 after a timeout; 77 where the machine cannot make nodes (1 if DISTPROC_REQUIRE_CLUSTER=1).
Variables named DISTPROC_* are forwarded to the ranks. Needs Open MPI, iproute2, util-linux, and root or user namespaces.
END
    exit 2
}

die() {
    echo "cluster.sh: $1" >&2
    exit 2
}

cannot() {
    echo "cluster.sh: cannot make nodes on this machine: $1" >&2
    [[ ${DISTPROC_REQUIRE_CLUSTER:-0} != 1 ]] || exit 1
    exit 77
}

is_number() { [[ $1 =~ ^[0-9]+$ && $1 -gt 0 ]]; }

# The outer half: checks, private namespaces, cleaning up.
outer() {
    local nodes='' slots='' timeout=120 mpirun=mpirun cut_node='' cut_after='' cut_when=''
    while (($#)); do
        case $1 in
            --nodes) nodes=${2-} && shift 2 || usage ;;
            --slots) slots=${2-} && shift 2 || usage ;;
            --timeout) timeout=${2-} && shift 2 || usage ;;
            --mpirun) mpirun=${2-} && shift 2 || usage ;;
            --cut-after) cut_after=${2-} cut_node=${3-} && shift 3 || usage ;;
            --cut-when) cut_when=${2-} cut_node=${3-} && shift 3 || usage ;;
            --) shift && break ;;
            *) break ;;
        esac
    done
    (($#)) || usage
    local -a per_node=()
    [[ -z $slots ]] || IFS=, read -r -a per_node <<<"$slots"
    [[ -n $nodes ]] || nodes=$((${#per_node[@]} ? ${#per_node[@]} : 2))
    is_number "$nodes" && ((nodes <= 64)) || die "--nodes needs a number from 1 to 64, not '$nodes'."
    if [[ -z $slots ]]; then
        while ((${#per_node[@]} < nodes)); do per_node+=(1); done
    fi
    ((${#per_node[@]} == nodes)) || die "--slots names ${#per_node[@]} nodes, but --nodes says $nodes."
    local n
    for n in "${per_node[@]}"; do is_number "$n" || die "--slots needs a number above 0 for each node, not '$n'."; done
    is_number "$timeout" || die "--timeout needs a whole number of seconds, not '$timeout'."
    [[ -z $cut_node ]] || { is_number "$cut_node" && ((cut_node <= nodes)); } || die "there is no node '$cut_node' to cut."

    local tool
    for tool in flock ip unshare nsenter setpriv timeout "$mpirun"; do
        command -v "$tool" >/dev/null || cannot "the program '$tool' is missing."
    done
    [[ $("$mpirun" --version 2>&1) =~ 'Open MPI'|OpenRTE ]] || cannot "'$mpirun' is not Open MPI's."
    local -a spaces=(--mount --net --uts --ipc --pid --fork --kill-child --mount-proc)
    ((EUID == 0)) || spaces+=(--user --map-root-user)
    unshare "${spaces[@]}" true 2>/dev/null || cannot "namespaces are not permitted (root, or user namespaces, needed)."

    remove_stale
    # Short, because sockets in it have paths of at most 107 characters.
    rig=$(mktemp -d /tmp/dpc.XXXXXX)
    exec {lock}>"$rig/lock"
    flock "$lock"
    mkdir "$rig/tmp"
    inner=''
    # Killing the first process of a process id namespace kills all the others and frees the namespaces.
    trap 'clean_up' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    export rig timeout mpirun cut_node cut_after cut_when
    export node_slots="${per_node[*]}"
    setpriv --pdeathsig KILL unshare "${spaces[@]}" bash "$self" inside "$@" <&0 {lock}>&- &
    inner=$!
    local code=0
    wait "$inner" || code=$?
    inner=''
    return "$code"
}

clean_up() {
    set +e           # whatever fails, the rest is still to be done
    exec 2>/dev/null # bash would report the kill
    [[ -z $inner ]] || kill -KILL "$inner"
    wait
    rm -rf "$rig" || { sleep 0.5 && rm -rf "$rig"; } # the last processes may still have been dying
}

# Removes the directories of calls that were killed by SIGKILL.
remove_stale() {
    local directory
    while read -r directory; do
        flock --nonblock --conflict-exit-code 0 "$directory/lock" rm -rf "$directory" ||
            [[ ! -e $directory ]] # one in use stays; another call may have removed it first
    done < <(find /tmp -maxdepth 1 -name 'dpc.??????' -mmin +1 -user "$EUID" 2>/dev/null)
}

# The inner half: first process of the private namespaces, and the host that mpirun runs on.
inside() {
    local -a slots
    read -r -a slots <<<"$node_slots"
    export TMPDIR=$rig/tmp
    make_nodes 2>"$rig/make_nodes.log" & # in the background, because "f || ..." would switch off its set -e
    wait "$!" || cannot "$(tail -n 1 "$rig/make_nodes.log")"

    local hosts='' ranks=0 i name
    for i in "${!slots[@]}"; do
        hosts+=${hosts:+,}node$((i + 1)):${slots[i]}
        ranks=$((ranks + slots[i]))
    done
    local -a forward=()
    for name in "${!DISTPROC_@}"; do forward+=(-x "$name"); done
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

    if [[ -n $cut_after ]]; then
        { sleep "$cut_after" && cut_link "$cut_node"; } &
    elif [[ -n $cut_when ]]; then
        { until [[ -e $cut_when ]]; do sleep 0.02; done && cut_link "$cut_node"; } &
    fi
    # Without --bind-to none every node would bind its ranks to the same cores.
    local code=0
    timeout --foreground --kill-after 2 "$timeout" \
        "$mpirun" --oversubscribe --bind-to none --mca plm_rsh_agent "$rig/agent" --mca orte_tmpdir_base "$TMPDIR" \
        --mca oob_tcp_if_include 10.77.0.0/24 --mca btl_tcp_if_include 10.77.0.0/24 \
        --mca pml ob1 --mca btl self,vader,tcp \
        ${forward[@]+"${forward[@]}"} --host "$hosts" -np "$ranks" "$@" || code=$?
    if ((SECONDS >= timeout)) && ((code == 124 || code == 137)); then
        echo "cluster.sh: killed after $timeout seconds." >&2
        code=124
    fi
    exit "$code" # this process is the first of its namespace: all others end with it
}

make_nodes() {
    local i address
    {
        echo "127.0.0.1 localhost"
        echo "10.77.0.254 head"
        for i in "${!slots[@]}"; do echo "10.77.0.$((i + 1)) node$((i + 1))"; done
    } >"$rig/hosts"
    mount --bind "$rig/hosts" /etc/hosts
    hostname head
    ip link set lo up
    ip link add br0 type bridge
    ip address add 10.77.0.254/24 dev br0
    ip link set br0 up
    for i in $(seq "${#slots[@]}"); do
        address=10.77.0.$i/24
        # The node lives as long as this sleeper; the FIFO says when its namespaces are there.
        mkfifo "$rig/ready$i"
        unshare --mount --net --uts --ipc bash -c \
            'mount -t tmpfs -o mode=1777 tmpfs /dev/shm && hostname "$1" && ip link set lo up && echo "$$" >"$2"
             exec sleep infinity 2>/dev/null >/dev/null' node "node$i" "$rig/ready$i" </dev/null >/dev/null &
        read -r -t 10 node_pid <>"$rig/ready$i"
        echo "$node_pid" >"$rig/node$i.pid"
        ip link add "port$i" type veth peer name eth0 netns "$node_pid"
        ip link set "port$i" master br0 up
        nsenter --target "$node_pid" --net ip address add "$address" dev eth0
        nsenter --target "$node_pid" --net ip link set eth0 up
    done
    # In place of ssh: HOST COMMAND...
    cat >"$rig/agent" <<END
#!/bin/sh
host=\$1
shift
exec nsenter --target "\$(cat "$rig/\$host.pid")" --mount --net --uts --ipc sh -c "\$*"
END
    chmod +x "$rig/agent"
}

cut_link() {
    nsenter --target "$(<"$rig/node$1.pid")" --net ip link set eth0 down
    echo "cluster.sh: the link of node$1 is cut." >&2
}

self=$(readlink -f "${BASH_SOURCE[0]}")
case ${1-} in
    run) shift && outer "$@" ;;
    inside) shift && inside "$@" ;;
    *) usage ;;
esac
