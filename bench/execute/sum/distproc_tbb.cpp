// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/tbb.hpp>

namespace sums {

double distproc_tbb(inputs x) { return with_distproc(x, distproc::tbb_executor{}); }

} // namespace sums
