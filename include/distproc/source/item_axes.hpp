// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cstddef>
#include <vector>

namespace distproc {

/// Axes of a dataset, counted from 0, slowest first: `item_axes{1, 2}`.
using item_axes = std::vector<std::size_t>;

} // namespace distproc
