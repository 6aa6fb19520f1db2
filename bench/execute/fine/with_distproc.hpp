// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "fine.hpp"
#include <distproc/execute.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/null.hpp>

#include <cstddef>
#include <ranges>
#include <utility>

namespace fine {

template <class Executor, class Writer>
void with_distproc(const job& all, Executor executor, Writer writer) {
    distproc::options quiet;
    quiet.show = distproc::progress::off;
    distproc::execute(
        std::views::iota(std::size_t{0}, all.items),
        [links = all.links](std::size_t item) { return work(links, item); }, executor, std::move(writer), quiet);
}

} // namespace fine
