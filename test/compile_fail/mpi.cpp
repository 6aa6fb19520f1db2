// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
// What the executors of several ranks say of wrong arguments.
// TARGETS: mpi
#include <distproc/mpi.hpp>

#if defined(SECTION_workers_of_another_type)
// EXPECT: mpi_executor: the template argument is no executor for the workers of a rank; name serial_executor
distproc::mpi_executor<int> on;
#endif

int main() { return distproc::mpi_executor<>::overlaps ? 0 : 1; }
