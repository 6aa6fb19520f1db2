// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/boxes.hpp>

namespace distproc::h5 {

using distproc::for_each_box;

} // namespace distproc::h5
