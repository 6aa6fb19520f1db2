# SPDX-License-Identifier: BSL-1.0
# For our own tests, examples and benchmarks alone; nothing of this is installed or reaches a user.

add_library(distproc_dev_warnings INTERFACE)
# Warnings of another compiler than those that are tested must not keep anybody from building; the presets set this.
option(DISTPROC_WERROR "Warnings in tests, examples and benchmarks are errors" OFF)
set(distproc_warnings -Wall -Wextra -Wpedantic -Wconversion)
if(DISTPROC_WERROR)
    list(APPEND distproc_warnings -Werror)
endif()
target_compile_options(distproc_dev_warnings INTERFACE ${distproc_warnings})
# g++ spends a sixth of its time on collecting garbage, unless it may have a GiB of it.
set(distproc_gcc_memory "$<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=1048576>")
target_compile_options(distproc_dev_warnings INTERFACE ${distproc_gcc_memory})

set(DISTPROC_SANITIZE "" CACHE STRING "Sanitizers for all that is built here, for example address,undefined or thread")
if(DISTPROC_SANITIZE)
    add_compile_options(-fsanitize=${DISTPROC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${DISTPROC_SANITIZE})
    # With the checks between them g++ no longer sees that values are set or in range.
    target_compile_options(distproc_dev_warnings INTERFACE
        "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-stringop-overflow;-Wno-array-bounds>")
    if(DISTPROC_SANITIZE MATCHES "address")
        target_sources(distproc_dev_warnings INTERFACE
            "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${PROJECT_SOURCE_DIR}/test/support/kept_by_mpi.cpp>")
    endif()
endif()

if(PROJECT_IS_TOP_LEVEL)
    # The targets that compile each header alone are made in this folder.
    add_compile_options(${distproc_warnings} ${distproc_gcc_memory})
endif()

# distproc_dev_targets(result names...): core tbb mpi hdf5 compress zarr hybrid zarr_hdf5 compressed_hdf5 -> link libraries; result_FOUND says whether all are built.
function(distproc_dev_targets result)
    set(libraries "")
    set(found TRUE)
    foreach(name IN LISTS ARGN)
        if(name STREQUAL "core")
            list(APPEND libraries distproc::distproc)
        elseif(name MATCHES "^(tbb|mpi|hdf5|compress|zarr|hybrid|zarr_hdf5|compressed_hdf5)$")
            if(NOT TARGET distproc::${name})
                set(found FALSE)
            endif()
            list(APPEND libraries distproc::${name})
        elseif(name STREQUAL "hdf5_serial")
            if(NOT TARGET distproc_hdf5_serial)
                set(found FALSE)
            endif()
            list(APPEND libraries distproc_hdf5_serial)
        else()
            message(FATAL_ERROR "TARGETS has '${name}': write core, tbb, mpi, hdf5, compress, zarr, hybrid, zarr_hdf5, compressed_hdf5 or hdf5_serial")
        endif()
    endforeach()
    set(${result} "${libraries}" PARENT_SCOPE)
    set(${result}_FOUND ${found} PARENT_SCOPE)
endfunction()

# distproc_mpi_command(result ranks): the start of a command line that runs a program on that many ranks of this machine,
# and in result_ENVIRONMENT what must stand in its environment.
function(distproc_mpi_command result ranks)
    set(flags "")
    set(environment "")
    if(DISTPROC_OPEN_MPI)
        set(flags --oversubscribe --bind-to none)
        # Containers and CI often run as root, which Open MPI refuses unless told twice. Its socket names must stay short.
        # Waiting ranks yield: tests run beside one another on fewer cores than ranks.
        set(environment OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
            TMPDIR=${DISTPROC_TEST_TMPDIR})
    endif()
    set(${result} ${MPIEXEC_EXECUTABLE} ${flags} ${MPIEXEC_NUMPROC_FLAG} ${ranks} PARENT_SCOPE)
    set(${result}_ENVIRONMENT "${environment}" PARENT_SCOPE)
endfunction()

set(DISTPROC_TEST_TMPDIR /tmp CACHE PATH "Folder for the files of MPI while tests run; a short path")
set(DISTPROC_OPEN_MPI FALSE)
if(DISTPROC_HAS_MPI)
    if(NOT MPIEXEC_EXECUTABLE)
        message(FATAL_ERROR "MPI was found, but no mpirun to run the tests with (Debian: openmpi-bin; elsewhere set MPIEXEC_EXECUTABLE)")
    endif()
    execute_process(COMMAND ${MPIEXEC_EXECUTABLE} --version OUTPUT_VARIABLE version ERROR_VARIABLE version)
    if(version MATCHES "Open MPI|OpenRTE|PRRTE|prterun")
        set(DISTPROC_OPEN_MPI TRUE)
    endif()
endif()
