// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Keeps memory until the process ends, because MPI may still use it.
inline void keep_for_mpi(std::shared_ptr<void> memory) {
    static auto* const mutex = new std::mutex; // both are never destroyed: MPI may end after static objects have
    static auto* const kept = new std::vector<std::shared_ptr<void>>;
    const std::scoped_lock lock(*mutex);
    kept->push_back(std::move(memory));
}

} // namespace distproc::detail
