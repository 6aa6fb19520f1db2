// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/compress/decoder.hpp>
#include <distproc/compress/encoder.hpp>
#include <distproc/compress/shuffle.hpp>
#include <distproc/core/compression.hpp>
