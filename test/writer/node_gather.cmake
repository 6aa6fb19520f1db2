# SPDX-License-Identifier: BSL-1.0
distproc_add_test(writer.node_gather_ring SOURCES node_gather_ring.cpp LABELS threads)
distproc_add_mpi_test(writer.node_gather SOURCES node_gather.cpp TARGETS hybrid)
