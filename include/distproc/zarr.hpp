// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/distproc.hpp>
#include <distproc/source/shard.hpp>
#include <distproc/writer/compressed_shard.hpp>
#include <distproc/writer/shard.hpp>
