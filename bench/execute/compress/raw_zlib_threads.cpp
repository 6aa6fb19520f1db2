// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "raw_zlib.hpp"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <cstddef>

namespace compressing {

void raw_zlib_threads(const target& to) {
    raw_output out(to.path);
    tbb::enumerable_thread_specific<raw_chunk> chunks;
    const std::size_t count = (to.items + chunk_items - 1) / chunk_items;
    tbb::parallel_for(std::size_t{0}, count, [&](std::size_t c) { chunks.local()(to, c * chunk_items, out); });
    out.end();
}

} // namespace compressing
