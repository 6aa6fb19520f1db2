// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/distproc.hpp>
#include <distproc/source/hdf5.hpp>
#include <distproc/writer/hdf5.hpp>
