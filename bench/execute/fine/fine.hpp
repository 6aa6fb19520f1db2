// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// A million items of a microsecond each: what the library adds to an item shows. Compared with half of the plain loop,
// which two workers can at best take.
#pragma once

#include "../../common/spin.hpp"

#include <cstddef>
#include <vector>

namespace fine {

/// What an item computes, in `links` steps.
[[nodiscard]] inline double work(std::size_t links, std::size_t item) {
    return bench::chain(links, static_cast<double>(item % 1024));
}

struct job {
    std::size_t items;
    std::size_t links;
    std::vector<double>* out;
};

void half_of_plain_loop(const job&);

void distproc_tbb_null(const job&);
void distproc_tbb_memory(const job&);
void distproc_mpi_null(const job&);
void distproc_mpi_memory(const job&);

} // namespace fine
