# SPDX-License-Identifier: BSL-1.0
# Results of variable length: their records, and outputs as h5py and zarr-python see them.
distproc_add_test(writer.list_records SOURCES list_records.cpp)
distproc_add_test(writer.list_full_disk SOURCES list_full_disk.cpp TARGETS hdf5 zarr)
if(TEST writer.list_full_disk)
    set_tests_properties(writer.list_full_disk PROPERTIES SKIP_REGULAR_EXPRESSION "skipped: ")
endif()
set(lists "${CMAKE_CURRENT_BINARY_DIR}/lists")
function(check_lists_of test folder outputs)
    if(TEST ${test})
        set_tests_properties(${test} PROPERTIES FIXTURES_SETUP ${test}.files)
        distproc_add_python_test(${test}.python MODULES numpy h5py zarr
            SCRIPT check_lists.py ARGS "${folder}" ${outputs} FIXTURES_REQUIRED ${test}.files LABELS hdf5 zarr)
    endif()
endfunction()

distproc_add_test(writer.list_outputs SOURCES list_outputs.cpp TARGETS tbb compressed_hdf5 zarr_hdf5 NO_MAIN ARGS "${lists}/one")
check_lists_of(writer.list_outputs "${lists}/one" 61)
distproc_add_mpi_test(writer.list_outputs_mpi SOURCES list_outputs_mpi.cpp TARGETS mpi compressed_hdf5 zarr
    RANKS 3 7 NO_MAIN ARGS "${lists}/ranks")
foreach(ranks IN ITEMS 3 7)
    check_lists_of(writer.list_outputs_mpi.np${ranks} "${lists}/ranks${ranks}" 60)
endforeach()
