// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Checks the rig itself, with MPI alone: `two_nodes --slots 2,1` under `cluster.sh run --slots 2,1`. Ranks fall into
// one shared-memory group per node, of the sizes asked for; a message goes round all ranks; a window and a
// process-shared semaphore in it work inside a node; MPI_THREAD_MULTIPLE is given. The exit code is 0 if all of that
// holds.

#include <mpi.h>
#include <semaphore.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <sstream>
#include <string>
#include <vector>

namespace {

int world_rank = -1;

void check(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "two_nodes: rank %d: %s\n", world_rank, what);
        MPI_Abort(MPI_COMM_WORLD, 1);
        std::abort();
    }
}

std::vector<int> slots_of(int argc, char** argv) {
    std::vector<int> slots;
    if (argc == 3 && std::strcmp(argv[1], "--slots") == 0) {
        std::istringstream list{argv[2]};
        for (std::string number; std::getline(list, number, ',');) {
            slots.push_back(std::stoi(number));
        }
    }
    check(!slots.empty(), "usage: two_nodes --slots RANKS,RANKS,... with the ranks of each node");
    return slots;
}

// How many ranks each node has, in the order of their lowest ranks; the same on all ranks.
std::vector<int> node_sizes(MPI_Comm node) {
    int size = 0;
    int rank = 0;
    MPI_Comm_size(node, &size);
    MPI_Comm_rank(node, &rank);
    int world_size = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &world_size);
    const int mine = rank == 0 ? size : 0;
    std::vector<int> all(static_cast<std::size_t>(world_size));
    MPI_Allgather(&mine, 1, MPI_INT, all.data(), 1, MPI_INT, MPI_COMM_WORLD);
    std::erase(all, 0);
    return all;
}

// One number goes round all ranks, so through every link between the nodes; each rank adds one.
void check_ring() {
    int size = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const int next = (world_rank + 1) % size;
    const int previous = (world_rank + size - 1) % size;
    std::vector<double> load(100'000, 1.0); // above the eager limit
    if (world_rank > 0) {
        MPI_Recv(load.data(), 100'000, MPI_DOUBLE, previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    std::transform(load.begin(), load.end(), load.begin(), [](double x) { return x + 1; });
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Isend(load.data(), 100'000, MPI_DOUBLE, next, 0, MPI_COMM_WORLD, &request);
    if (world_rank == 0) {
        std::vector<double> home(load.size());
        MPI_Recv(home.data(), 100'000, MPI_DOUBLE, previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        const bool whole = std::all_of(home.begin(), home.end(), [size](double x) { return x == 1.0 + size; });
        check(whole, "the message that went round all ranks came back changed");
    }
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

struct board {
    sem_t turn;
    long sum;
};

// Ranks of a node add to one number, taking turns by a semaphore in the shared window.
void check_window(MPI_Comm node) {
    int size = 0;
    int rank = 0;
    MPI_Comm_size(node, &size);
    MPI_Comm_rank(node, &rank);
    void* base = nullptr;
    MPI_Win window = MPI_WIN_NULL;
    MPI_Win_allocate_shared(rank == 0 ? MPI_Aint{sizeof(board)} : MPI_Aint{0}, 1, MPI_INFO_NULL, node, &base, &window);
    MPI_Aint bytes = 0;
    int unit = 0;
    MPI_Win_shared_query(window, 0, &bytes, &unit, &base);
    check(bytes >= MPI_Aint{sizeof(board)}, "the shared window is too small");
    board* const shared = rank == 0 ? new (base) board{} : static_cast<board*>(base);
    if (rank == 0) {
        check(sem_init(&shared->turn, 1, 0) == 0, "sem_init refused a process-shared semaphore");
    }
    MPI_Barrier(node);
    if (rank == 0) {
        sem_post(&shared->turn); // the others may be asleep by now
    }
    constexpr int rounds = 1000;
    for (int i = 0; i < rounds; ++i) {
        while (sem_wait(&shared->turn) != 0) {
        }
        ++shared->sum;
        sem_post(&shared->turn);
    }
    MPI_Barrier(node);
    check(shared->sum == long{rounds} * size, "the ranks of a node do not share memory, or their semaphore let two in");
    MPI_Barrier(node);
    if (rank == 0) {
        sem_destroy(&shared->turn);
    }
    MPI_Win_free(&window);
}

} // namespace

int main(int argc, char** argv) {
    int provided = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &world_rank);
    check(provided == MPI_THREAD_MULTIPLE, "MPI_THREAD_MULTIPLE is not given");

    const std::vector<int> slots = slots_of(argc, argv);
    MPI_Comm node = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, world_rank, MPI_INFO_NULL, &node);
    check(node_sizes(node) == slots, "the ranks of the nodes are not those of --slots");
    check_ring();
    check_window(node);

    char host[MPI_MAX_PROCESSOR_NAME];
    int length = 0;
    MPI_Get_processor_name(host, &length);
    int node_rank = 0;
    MPI_Comm_rank(node, &node_rank);
    std::printf("rank %d is rank %d of %s\n", world_rank, node_rank, host);
    MPI_Comm_free(&node);
    MPI_Finalize();
    return 0;
}
