// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/writer/hdf5.hpp>

namespace writing {

void distproc_hdf5(const target& to) { with_distproc(to, distproc::hdf5_writer{to.path, "/results"}); }

} // namespace writing
