// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/serial.hpp>

namespace sums {

double distproc_serial(inputs x) { return with_distproc(x, distproc::serial_executor{}); }

} // namespace sums
