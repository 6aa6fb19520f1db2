// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/monitor.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace distproc::detail {

class stopwatch {
public:
    [[nodiscard]] double seconds() const noexcept {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// What one worker did; seconds.
struct worker_totals {
    std::size_t worker = 0;
    std::size_t items = 0;
    std::size_t blocks = 0;
    double computing = 0;
    double writing = 0;  ///< straight from the worker, without the I/O lane
    double doing_io = 0; ///< reading and writing of its own, without the I/O lane
};

/// What one rank did; seconds summed over its workers and its I/O lane.
struct rank_totals {
    std::size_t workers = 0;
    std::size_t items = 0;
    std::size_t blocks = 0;
    std::size_t bytes_read = 0;
    double reading = 0;
    double computing = 0;
    double writing = 0;
    double busiest_worker = 0;
    double workers_io = 0; ///< the part of reading and writing that workers did themselves
    double flow_seconds = 0;
    monitor timings;

    void add(const worker_totals& one, const monitor& measured) {
        items += one.items;
        blocks += one.blocks;
        computing += one.computing;
        writing += one.writing;
        workers_io += one.writing + one.doing_io;
        busiest_worker = std::max(busiest_worker, one.computing);
        timings.merge(measured);
    }
};

} // namespace distproc::detail
