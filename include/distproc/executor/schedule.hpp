// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

namespace distproc {

/// How granules are divided over ranks.
enum class schedule : unsigned char {
    dynamic, ///< the ranks of a node take from one queue, and nodes that run low take from others: for most work
    static_  ///< each rank has a contiguous share from the start: for items that all take equally long
};

} // namespace distproc
