// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "compress.hpp"
#include <distproc/core/compute.hpp>
#include <distproc/execute.hpp>
#include <distproc/writer/compressed_hdf5.hpp>

#include <cstddef>
#include <ranges>
#include <span>
#include <utility>

namespace compressing {

inline distproc::compressed_hdf5_writer writer_to(const target& to) {
    return {.file = to.path,
            .path = "/values",
            .compression = {distproc::codec::deflate, level, false},
            .chunk = {chunk_items}};
}

template <class Executor, class Writer>
void with_distproc(const target& to, Executor executor, Writer writer) {
    distproc::options quiet;
    quiet.show = distproc::progress::off;
    distproc::execute(std::views::iota(std::size_t{0}, to.items),
                      distproc::arrays({item_values}, [](std::size_t item, std::span<double> out) { fill(item, out); }),
                      executor, std::move(writer), quiet);
}

} // namespace compressing
