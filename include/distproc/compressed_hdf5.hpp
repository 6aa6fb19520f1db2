// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/hdf5.hpp>
#include <distproc/writer/compressed_hdf5.hpp>
