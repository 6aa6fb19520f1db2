# SPDX-License-Identifier: BSL-1.0
distproc_add_mpi_test(writer.memory SOURCES memory.cpp)
distproc_add_test(writer.accumulators SOURCES accumulators.cpp)
