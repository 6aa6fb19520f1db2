# SPDX-License-Identifier: BSL-1.0
# The HDF5 writer: by itself, through MPI-IO, and as h5py sees its files.
distproc_add_test(writer.hdf5 SOURCES hdf5.cpp TARGETS hdf5)
distproc_add_test(writer.hdf5_serial SOURCES hdf5.cpp TARGETS hdf5_serial)
distproc_add_test(writer.hdf5_resume SOURCES hdf5_resume.cpp TARGETS hdf5)

set(outputs "${CMAKE_CURRENT_BINARY_DIR}/outputs")
function(check_outputs_of test folder)
    if(TEST ${test})
        set_tests_properties(${test} PROPERTIES FIXTURES_SETUP ${test}.files)
        distproc_add_python_test(${test}.h5py
            SCRIPT check_with_h5py.py ARGS "${folder}" FIXTURES_REQUIRED ${test}.files LABELS hdf5)
    endif()
endfunction()

distproc_add_test(writer.hdf5_outputs SOURCES hdf5_outputs.cpp TARGETS hdf5 NO_MAIN ARGS "${outputs}/one")
check_outputs_of(writer.hdf5_outputs "${outputs}/one")
distproc_add_test(writer.hdf5_outputs_serial SOURCES hdf5_outputs.cpp TARGETS hdf5_serial NO_MAIN ARGS "${outputs}/serial")
check_outputs_of(writer.hdf5_outputs_serial "${outputs}/serial")

if(DISTPROC_HAS_MPI AND DISTPROC_HAS_HDF5 AND HDF5_IS_PARALLEL)
    distproc_add_mpi_test(writer.hdf5_outputs_mpi
        SOURCES hdf5_outputs_mpi.cpp TARGETS hdf5 RANKS 1 2 3 4 7 NO_MAIN ARGS "${outputs}/ranks")
    foreach(ranks IN ITEMS 1 2 3 4 7)
        check_outputs_of(writer.hdf5_outputs_mpi.np${ranks} "${outputs}/ranks${ranks}")
    endforeach()
    distproc_add_mpi_test(writer.hdf5_mpi SOURCES hdf5_mpi.cpp TARGETS hdf5)
    distproc_add_mpi_test(writer.hdf5_resume_mpi SOURCES hdf5_resume_mpi.cpp TARGETS hdf5 RANKS 1 2 3 4 7)
endif()
