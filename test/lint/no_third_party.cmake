# SPDX-License-Identifier: BSL-1.0
# cmake -DNINJA=... -DBINARY=... -P no_third_party.cmake: nothing that was compiled read a header of MPI, TBB, HDF5, zlib, zstd or Boost.
# The compiler's own record is asked, because Debian keeps such headers where every compiler looks.
execute_process(COMMAND "${NINJA}" -C "${BINARY}" -t deps RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE error)
if(NOT code EQUAL 0)
    message(FATAL_ERROR "${NINJA} -t deps ended with ${code}: ${error}")
endif()
string(FIND "${text}" "all_headers.cpp" found) # which includes each of the core's
if(found EQUAL -1)
    message(FATAL_ERROR "the record of dependencies names no all_headers.cpp: it was not compiled")
endif()
string(REGEX MATCHALL "[^\n]*/(boost/|oneapi/|tbb/|openmpi/|mpich/|hdf5/|mpi\\.h|hdf5\\.h|zlib\\.h|zstd\\.h|H5public\\.h)[^\n]*" foreign "${text}")
if(foreign)
    list(REMOVE_DUPLICATES foreign)
    list(SUBLIST foreign 0 20 foreign)
    list(JOIN foreign "\n" foreign)
    message(FATAL_ERROR "the core includes headers of third-party libraries:\n${foreign}")
endif()
