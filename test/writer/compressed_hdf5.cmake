# SPDX-License-Identifier: BSL-1.0
# The writer of compressed HDF5: chunks and their assembly, the writer by itself, on many ranks, and as h5py sees its
# files.
distproc_add_test(writer.chunk_assembler SOURCES chunk_assembler.cpp LABELS threads)

# HDF5's filter of Zstandard comes as a plugin; PyPI's hdf5plugin has one.
execute_process(
    COMMAND "${DISTPROC_PYTHON}" -c "import hdf5plugin; print(hdf5plugin.PLUGIN_PATH)"
    OUTPUT_VARIABLE hdf5_plugins OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE code)
if(NOT code EQUAL 0)
    set(hdf5_plugins "")
endif()

set(compressed "${CMAKE_CURRENT_BINARY_DIR}/compressed")
function(check_compressed_outputs_of test folder)
    if(TEST ${test})
        set_tests_properties(${test} PROPERTIES FIXTURES_SETUP ${test}.files)
        set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT "HDF5_PLUGIN_PATH=${hdf5_plugins}")
        distproc_add_python_test(${test}.h5py
            SCRIPT check_compressed_with_h5py.py ARGS "${folder}" FIXTURES_REQUIRED ${test}.files LABELS compressed_hdf5)
    endif()
endfunction()

distproc_add_test(writer.compressed_hdf5_outputs
    SOURCES compressed_hdf5_outputs.cpp TARGETS compressed_hdf5 NO_MAIN ARGS "${compressed}/one")
check_compressed_outputs_of(writer.compressed_hdf5_outputs "${compressed}/one")
distproc_add_mpi_test(writer.compressed_hdf5_outputs_mpi
    SOURCES compressed_hdf5_outputs_mpi.cpp TARGETS compressed_hdf5 RANKS 1 2 3 4 7 NO_MAIN ARGS "${compressed}/ranks")
foreach(ranks IN ITEMS 1 2 3 4 7)
    check_compressed_outputs_of(writer.compressed_hdf5_outputs_mpi.np${ranks} "${compressed}/ranks${ranks}")
endforeach()
distproc_add_test(writer.compressed_hdf5 SOURCES compressed_hdf5.cpp TARGETS compressed_hdf5)
distproc_add_mpi_test(writer.compressed_hdf5_mpi SOURCES compressed_hdf5_mpi.cpp TARGETS mpi compressed_hdf5)
