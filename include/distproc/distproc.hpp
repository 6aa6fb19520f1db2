// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// All of distproc that needs no third-party library. Beside it: distproc/tbb.hpp, distproc/mpi.hpp,
// distproc/hybrid.hpp, distproc/hdf5.hpp.

#include <distproc/algorithm/for_each.hpp>
#include <distproc/algorithm/reduce.hpp>
#include <distproc/algorithm/transform.hpp>
#include <distproc/core/stop_trigger.hpp>
#include <distproc/core/version.hpp>
#include <distproc/execute.hpp>
#include <distproc/executor/any.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/run.hpp>
#include <distproc/source/range.hpp>
#include <distproc/source/select.hpp>
#include <distproc/source/windows.hpp>
#include <distproc/source/zip.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/null.hpp>
#include <distproc/writer/reduce.hpp>
