// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "compute.hpp"
#include <distproc/executor/tbb.hpp>

namespace axpy {

void distproc_tbb_items(line l, inputs x, outputs y) { with_distproc<item_form>(l, x, y, distproc::tbb_executor{}); }
void distproc_tbb_cells(line l, inputs x, outputs y) { with_distproc<cell_form>(l, x, y, distproc::tbb_executor{}); }

} // namespace axpy
