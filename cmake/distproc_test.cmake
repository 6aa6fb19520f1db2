# SPDX-License-Identifier: BSL-1.0
# How tests are declared.
#
#   distproc_add_test(NAME SOURCES files... [TARGETS core tbb ...] [LINK libraries...] [LABELS ...] [TIMEOUT s] [NO_MAIN] [OPTIMIZED])
#   distproc_add_mpi_test(NAME SOURCES files... [RANKS 1 2 3 4 7] [TARGETS mpi hdf5 ...] [LINK ...] [LABELS ...] [TIMEOUT s] [NO_MAIN])
#   distproc_add_python_test(NAME SCRIPT file [ARGS ...] [FIXTURES_REQUIRED ...] [TIMEOUT s] [MODULES numpy h5py])
#
# A test whose TARGETS are not all built is left out. TARGETS defaults to core (mpi for the second). A test that starts
# threads without tbb has the label `threads`.
# OPTIMIZED: with -O1 whatever the build, for what runs longer than it compiles.
# Exit code 77 means skipped. NO_MAIN: the sources bring their own main(); otherwise doctest's runner is linked.
# An MPI test makes one ctest entry per rank count, NAME.npN, and its runner fails when started on another number of ranks.

set(DISTPROC_TEST_RANKS "" CACHE STRING "Only these rank counts for MPI tests, for example 1;3; empty: all that a test names")
set(DISTPROC_TEST_OPTIMIZE -O1 CACHE STRING "Level of optimisation of the tests, whatever the build type; their kernels have -O2")
set(DISTPROC_TEST_TIMEOUT_FACTOR 1 CACHE STRING "Multiplies the time limits of all tests; sanitizers need more than 1")

set(DISTPROC_TEST_THREADED_ONLY OFF CACHE BOOL "Only tests with tbb or threads, for the thread sanitizer")

find_package(doctest QUIET CONFIG)
if(NOT doctest_FOUND)
    message(FATAL_ERROR "the tests need doctest (Debian: doctest-dev), or configure with -DDISTPROC_TESTS=OFF")
endif()
find_package(Python3 QUIET COMPONENTS Interpreter)
if(EXISTS "${PROJECT_SOURCE_DIR}/.venv/bin/python3")
    set(DISTPROC_PYTHON "${PROJECT_SOURCE_DIR}/.venv/bin/python3")
else()
    set(DISTPROC_PYTHON "${Python3_EXECUTABLE}")
endif()

# The runners are compiled once.
add_library(distproc_test_main OBJECT "${PROJECT_SOURCE_DIR}/test/support/main.cpp")
target_compile_features(distproc_test_main PRIVATE cxx_std_20)
target_link_libraries(distproc_test_main PUBLIC doctest::doctest PRIVATE distproc_dev_warnings)
if(DISTPROC_HAS_MPI)
    add_library(distproc_test_mpi_main OBJECT "${PROJECT_SOURCE_DIR}/test/support/mpi_main.cpp")
    target_compile_features(distproc_test_mpi_main PRIVATE cxx_std_20)
    target_link_libraries(distproc_test_mpi_main PUBLIC doctest::doctest MPI::MPI_CXX PRIVATE distproc_dev_warnings)
endif()

# distproc_hdf5_serial: the core and hdf5 headers with a serial HDF5, where distproc::hdf5 uses a parallel one (Debian has both).
if(DISTPROC_HAS_HDF5 AND HDF5_IS_PARALLEL)
    find_path(DISTPROC_SERIAL_HDF5_INCLUDE hdf5.h PATHS /usr/include/hdf5/serial NO_DEFAULT_PATH)
    find_library(DISTPROC_SERIAL_HDF5_LIBRARY hdf5_serial)
    if(DISTPROC_SERIAL_HDF5_INCLUDE AND DISTPROC_SERIAL_HDF5_LIBRARY)
        add_library(distproc_hdf5_serial INTERFACE)
        target_include_directories(distproc_hdf5_serial SYSTEM INTERFACE "${DISTPROC_SERIAL_HDF5_INCLUDE}")
        target_link_libraries(distproc_hdf5_serial INTERFACE distproc::distproc "${DISTPROC_SERIAL_HDF5_LIBRARY}")
    endif()
elseif(DISTPROC_HAS_HDF5)
    add_library(distproc_hdf5_serial ALIAS distproc_hdf5)
endif()

# What sanitizers are told; harmless without them. Only whole stacks show which of its leaks are MPI's own.
set(asan_options "detect_leaks=1:strict_string_checks=1")
if(DISTPROC_HAS_MPI)
    string(APPEND asan_options ":fast_unwind_on_malloc=0")
endif()
# Clang's sanitizers print names with its help; one that is not there must not be looked for.
find_program(DISTPROC_SYMBOLIZER NAMES llvm-symbolizer-15 llvm-symbolizer)
if(NOT DISTPROC_SYMBOLIZER)
    set(DISTPROC_SYMBOLIZER "")
endif()
set(DISTPROC_TEST_ENVIRONMENT
    "ASAN_OPTIONS=${asan_options}"
    "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/test/support/lsan.supp:print_suppressions=0"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "ASAN_SYMBOLIZER_PATH=${DISTPROC_SYMBOLIZER}"
    "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/test/support/tsan.supp:second_deadlock_stack=1:halt_on_error=0:history_size=7"
    "TSAN_SYMBOLIZER_PATH=${DISTPROC_SYMBOLIZER}")

function(distproc_test_timeout result seconds)
    math(EXPR seconds "${seconds} * ${DISTPROC_TEST_TIMEOUT_FACTOR}")
    set(${result} ${seconds} PARENT_SCOPE)
endfunction()

# distproc_test_headers(result core mpi ...): a target that precompiles, for tests with these TARGETS, the public
# headers of the executors and of HDF5. Reading them is about a third of compiling a test. CMake would make system headers of
# them, in which compilers warn of nothing; the test headers.precompiled makes sure that it does not.
set(CMAKE_PCH_PROLOGUE "")
function(distproc_test_headers result)
    set(components core)
    if("hybrid" IN_LIST ARGN OR ("tbb" IN_LIST ARGN AND "mpi" IN_LIST ARGN))
        set(components hybrid)
    elseif("tbb" IN_LIST ARGN)
        set(components tbb)
    elseif("mpi" IN_LIST ARGN)
        set(components mpi)
    endif()
    if(ARGN MATCHES "(^|;|_)hdf5(;|$)")
        list(APPEND components hdf5)
    endif()
    list(JOIN components "_" name)
    set(name "distproc_test_headers_${name}")
    set(${result} ${name} PARENT_SCOPE)
    if(TARGET ${name})
        return()
    endif()
    list(TRANSFORM components REPLACE "^core$" "distproc" OUTPUT_VARIABLE headers)
    list(TRANSFORM headers REPLACE ".+" "<distproc/\\0.hpp>")
    distproc_dev_targets(libraries ${components})
    add_executable(${name} EXCLUDE_FROM_ALL "${PROJECT_SOURCE_DIR}/test/support/precompiled.cpp") # compiled as its users are
    target_compile_features(${name} PRIVATE cxx_std_20)
    target_link_libraries(${name} PRIVATE ${libraries} distproc_dev_warnings)
    target_precompile_headers(${name} PRIVATE ${headers})
endfunction()

function(distproc_test_executable name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "NO_MAIN" "MAIN" "SOURCES;TARGETS;LIBRARIES")
    add_executable(${name} ${ARG_SOURCES})
    target_compile_features(${name} PRIVATE cxx_std_20)
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/test")
    distproc_dev_targets(libraries ${ARG_TARGETS})
    target_link_libraries(${name} PRIVATE ${libraries} ${ARG_LIBRARIES} doctest::doctest distproc_dev_warnings)
    distproc_test_headers(headers ${ARG_TARGETS})
    target_precompile_headers(${name} REUSE_FROM ${headers})
    if(NOT ARG_NO_MAIN)
        target_link_libraries(${name} PRIVATE ${ARG_MAIN})
    endif()
endfunction()

function(distproc_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "NO_MAIN;OPTIMIZED" "TIMEOUT" "SOURCES;TARGETS;LINK;LABELS;ARGS")
    if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_SOURCES)
        message(FATAL_ERROR "distproc_add_test(${name}): needs SOURCES, and does not know '${ARG_UNPARSED_ARGUMENTS}'")
    endif()
    if(NOT ARG_TARGETS)
        set(ARG_TARGETS core)
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    distproc_dev_targets(libraries ${ARG_TARGETS})
    if(NOT libraries_FOUND)
        return()
    endif()
    if(DISTPROC_TEST_THREADED_ONLY AND NOT "tbb" IN_LIST ARG_TARGETS AND NOT "threads" IN_LIST ARG_LABELS)
        return()
    endif()
    set(no_main "")
    if(ARG_NO_MAIN)
        set(no_main NO_MAIN)
    endif()
    distproc_test_executable(${name} ${no_main} MAIN distproc_test_main SOURCES ${ARG_SOURCES} TARGETS ${ARG_TARGETS} LIBRARIES ${ARG_LINK})
    if(ARG_OPTIMIZED)
        target_compile_options(${name} PRIVATE -O1)
        set_target_properties(${name} PROPERTIES DISABLE_PRECOMPILE_HEADERS ON) # they are of another level
    endif()
    add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
    distproc_test_timeout(timeout ${ARG_TIMEOUT})
    set(environment ${DISTPROC_TEST_ENVIRONMENT})
    if("mpi" IN_LIST ARG_TARGETS OR "hybrid" IN_LIST ARG_TARGETS)
        list(APPEND ARG_LABELS mpi)
        distproc_mpi_command(command 1)
        list(APPEND environment ${command_ENVIRONMENT})
    endif()
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${timeout} SKIP_RETURN_CODE 77 LABELS "${ARG_LABELS};${ARG_TARGETS}" ENVIRONMENT "${environment}")
endfunction()

function(distproc_add_mpi_test name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "NO_MAIN" "TIMEOUT" "SOURCES;TARGETS;LINK;LABELS;RANKS;ARGS")
    if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_SOURCES)
        message(FATAL_ERROR "distproc_add_mpi_test(${name}): needs SOURCES, and does not know '${ARG_UNPARSED_ARGUMENTS}'")
    endif()
    if(NOT ARG_RANKS)
        set(ARG_RANKS 1 2 3 4 7)
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    list(APPEND ARG_TARGETS mpi)
    list(REMOVE_DUPLICATES ARG_TARGETS)
    distproc_dev_targets(libraries ${ARG_TARGETS})
    if(NOT libraries_FOUND)
        return()
    endif()
    set(no_main "")
    set(ranks_argument "")
    if(ARG_NO_MAIN)
        set(no_main NO_MAIN)
    endif()
    distproc_test_executable(${name} ${no_main}
        MAIN distproc_test_mpi_main SOURCES ${ARG_SOURCES} TARGETS ${ARG_TARGETS} LIBRARIES ${ARG_LINK})
    distproc_test_timeout(timeout ${ARG_TIMEOUT})

    # A reduced list keeps what both name; a test that names none of it runs on its smallest number above one.
    set(chosen ${ARG_RANKS})
    if(DISTPROC_TEST_RANKS)
        set(chosen "")
        foreach(ranks IN LISTS ARG_RANKS)
            if(ranks IN_LIST DISTPROC_TEST_RANKS)
                list(APPEND chosen ${ranks})
            endif()
        endforeach()
        if(NOT chosen)
            list(GET ARG_RANKS 0 chosen)
        endif()
    endif()
    foreach(ranks IN LISTS chosen)
        distproc_mpi_command(command ${ranks})
        if(NOT ARG_NO_MAIN)
            set(ranks_argument --ranks ${ranks})
        endif()
        add_test(NAME ${name}.np${ranks}
            COMMAND ${command} ${MPIEXEC_PREFLAGS} $<TARGET_FILE:${name}> ${MPIEXEC_POSTFLAGS} ${ranks_argument} ${ARG_ARGS})
        set_tests_properties(${name}.np${ranks} PROPERTIES
            TIMEOUT ${timeout} SKIP_RETURN_CODE 77 PROCESSORS ${ranks} LABELS "${ARG_LABELS};${ARG_TARGETS}"
            ENVIRONMENT "${DISTPROC_TEST_ENVIRONMENT};${command_ENVIRONMENT}")
    endforeach()
endfunction()

function(distproc_add_python_test name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "SCRIPT;TIMEOUT" "ARGS;MODULES;FIXTURES_REQUIRED;LABELS")
    if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_SCRIPT)
        message(FATAL_ERROR "distproc_add_python_test(${name}): needs SCRIPT, and does not know '${ARG_UNPARSED_ARGUMENTS}'")
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    if(NOT ARG_MODULES)
        set(ARG_MODULES numpy h5py)
    endif()
    distproc_test_timeout(timeout ${ARG_TIMEOUT})
    get_filename_component(script "${ARG_SCRIPT}" ABSOLUTE)
    list(JOIN ARG_MODULES "," modules)
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND}
        "-DPYTHON=${DISTPROC_PYTHON}" "-DMODULES=${modules}" -P "${PROJECT_SOURCE_DIR}/test/support/run_python.cmake"
        -- "${script}" ${ARG_ARGS})
    distproc_mpi_command(command 1)
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${timeout} SKIP_REGULAR_EXPRESSION "skipped: " LABELS "${ARG_LABELS};python"
        FIXTURES_REQUIRED "${ARG_FIXTURES_REQUIRED}"
        ENVIRONMENT "${DISTPROC_TEST_ENVIRONMENT};${command_ENVIRONMENT}")
endfunction()
