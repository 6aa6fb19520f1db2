# SPDX-License-Identifier: BSL-1.0
# Finds what distproc::mpi links. Included by the build and by the installed package.
# Sets DISTPROC_MPI_FOUND, and DISTPROC_MPI_MESSAGE where it is false.
set(DISTPROC_MPI_FOUND FALSE)
set(DISTPROC_MPI_MESSAGE "")
set(MPI_CXX_SKIP_MPICXX TRUE) # the C API alone, without the C++ bindings that MPI-3 removed
find_package(MPI QUIET COMPONENTS CXX)
if(NOT MPI_CXX_FOUND)
    set(DISTPROC_MPI_MESSAGE "no MPI was found (Debian: libopenmpi-dev; elsewhere set MPI_CXX_COMPILER to mpicxx)")
    return()
endif()
find_package(Boost 1.71 QUIET CONFIG COMPONENTS mpi serialization)
if(NOT TARGET Boost::mpi OR NOT TARGET Boost::serialization)
    set(DISTPROC_MPI_MESSAGE
        "Boost.MPI and Boost.Serialization were not found (Debian: libboost-mpi-dev libboost-serialization-dev)")
    return()
endif()
set(DISTPROC_MPI_FOUND TRUE)
