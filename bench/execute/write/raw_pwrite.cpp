// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "write.hpp"

#include <fcntl.h>
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace writing {

namespace {

// As one writes by hand: the writers take blocks in turn, fill a buffer that stays in the cache, and put it to its
// place.
void raw_pwrite(const target& to, std::size_t writers) {
    constexpr std::size_t block = 16; // items: 1 MiB
    int number = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &number);
    const auto rank = static_cast<std::size_t>(number);
    const auto give_up = [&](const char* call) {
        std::perror(call);
        MPI_Abort(MPI_COMM_WORLD, 1);
    };
    int fd = -1;
    if (rank == 0) {
        fd = ::open(to.path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (fd < 0 || ::ftruncate(fd, static_cast<off_t>(to.items * item_bytes)) != 0) {
            give_up("open");
        }
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank >= writers) {
        return;
    }
    if (rank != 0) {
        fd = ::open(to.path.c_str(), O_WRONLY);
    }
    std::vector<double> buffer(block * item_values);
    for (std::size_t first = rank * block; first < to.items; first += writers * block) {
        const std::size_t items = std::min(block, to.items - first);
        for (std::size_t k = 0; k < items; ++k) {
            fill(first + k, std::span(buffer).subspan(k * item_values, item_values));
        }
        const std::size_t bytes = items * item_bytes;
        if (::pwrite(fd, buffer.data(), bytes, static_cast<off_t>(first * item_bytes)) != static_cast<ssize_t>(bytes)) {
            give_up("pwrite");
        }
    }
    if (::fdatasync(fd) != 0 || ::close(fd) != 0) {
        give_up("fdatasync");
    }
}

} // namespace

void raw_pwrite_by_one_rank(const target& to) { raw_pwrite(to, 1); }

void raw_pwrite_by_all_ranks(const target& to) {
    int size = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    raw_pwrite(to, static_cast<std::size_t>(size));
}

} // namespace writing
