# SPDX-License-Identifier: BSL-1.0
# What an output is refused for, where that needs a program of its own.
distproc_add_test(writer.missing_filter SOURCES missing_filter.cpp TARGETS compressed_hdf5)
