// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// What one execute of one item costs, from the call to its return.
#pragma once

#include <distproc/execute.hpp>
#include <distproc/writer/null.hpp>

#include <cstddef>
#include <ranges>

namespace cost {

template <class Executor>
void execute_one_item(const Executor& executor) {
    distproc::options quiet;
    quiet.show = distproc::progress::off;
    distproc::execute(
        std::views::iota(std::size_t{0}, std::size_t{1}), [](std::size_t item) { return item; }, executor,
        distproc::null_writer{}, quiet);
}

/// Seconds of one call, in the mean over some.
template <class F>
[[nodiscard]] auto repeated(F& f, int calls = 100) {
    return [&f, calls] {
        for (int k = 0; k < calls; ++k) {
            f();
        }
    };
}

} // namespace cost
