// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "write.hpp"
#include <distproc/core/compute.hpp>
#include <distproc/execute.hpp>
#include <distproc/executor/mpi.hpp>

#include <cstddef>
#include <ranges>
#include <span>
#include <utility>

namespace writing {

template <class Writer>
void with_distproc(const target& to, Writer writer) {
    distproc::options quiet;
    quiet.show = distproc::progress::off;
    distproc::execute(std::views::iota(std::size_t{0}, to.items),
                      distproc::arrays({item_values}, [](std::size_t item, std::span<double> out) { fill(item, out); }),
                      distproc::mpi_executor<>{}, std::move(writer), quiet);
}

} // namespace writing
