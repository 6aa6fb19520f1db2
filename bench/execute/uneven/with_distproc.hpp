// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "uneven.hpp"
#include <distproc/execute.hpp>
#include <distproc/writer/memory.hpp>

#include <cmath>
#include <cstddef>
#include <ranges>

namespace uneven {

template <class Executor>
void with_distproc(const durations& seconds, how work, results& out, Executor executor) {
    distproc::options quiet;
    quiet.show = distproc::progress::off;
    distproc::execute(
        std::views::iota(std::size_t{0}, seconds.size()),
        [&seconds, work](std::size_t item) {
            if (work == how::spinning) {
                bench::spin(seconds[item]);
            } else {
                bench::wait_on_timer(seconds[item]);
            }
            return std::sqrt(static_cast<double>(item));
        },
        executor, distproc::memory_writer{out.of_item}, quiet);
}

} // namespace uneven
