// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "compute.hpp"
#include <distproc/executor/serial.hpp>

namespace axpy {

void distproc_serial_items(line l, inputs x, outputs y) {
    with_distproc<item_form>(l, x, y, distproc::serial_executor{});
}
void distproc_serial_cells(line l, inputs x, outputs y) {
    with_distproc<cell_form>(l, x, y, distproc::serial_executor{});
}

} // namespace axpy
