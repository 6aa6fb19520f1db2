// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/tbb.hpp>

namespace compressing {

void distproc_tbb(const target& to) { with_distproc(to, distproc::tbb_executor{}, writer_to(to)); }

} // namespace compressing
