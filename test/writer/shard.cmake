# SPDX-License-Identifier: BSL-1.0
# The shard writer: by itself, on many ranks, and as zarr-python sees its directories.
set(shards "${CMAKE_CURRENT_BINARY_DIR}/shards")
function(check_shards_of test) # more arguments: for the script
    if(TEST ${test})
        set_tests_properties(${test} PROPERTIES FIXTURES_SETUP ${test}.files)
        distproc_add_python_test(${test}.zarr MODULES numpy zarr
            SCRIPT check_with_zarr.py ARGS ${ARGN} FIXTURES_REQUIRED ${test}.files LABELS zarr)
    endif()
endfunction()

distproc_add_test(writer.shard_outputs SOURCES shard_outputs.cpp TARGETS zarr NO_MAIN ARGS "${shards}/one")
check_shards_of(writer.shard_outputs "${shards}/one")
distproc_add_mpi_test(writer.shard_outputs_mpi
    SOURCES shard_outputs_mpi.cpp TARGETS zarr RANKS 1 2 3 4 7 NO_MAIN ARGS "${shards}/ranks")
foreach(ranks IN ITEMS 1 2 3 4 7)
    check_shards_of(writer.shard_outputs_mpi.np${ranks} "${shards}/ranks${ranks}")
endforeach()

# Compressed: each codec alone, and on ranks, directly and through node_gather.
distproc_add_test(writer.compressed_shard_outputs SOURCES compressed_shard_outputs.cpp TARGETS zarr NO_MAIN ARGS "${shards}/coded")
check_shards_of(writer.compressed_shard_outputs --packing=zstd "${shards}/coded/zstd" --packing=gzip "${shards}/coded/gzip")
distproc_add_mpi_test(writer.compressed_shard_outputs_mpi
    SOURCES compressed_shard_outputs_mpi.cpp TARGETS zarr RANKS 1 3 NO_MAIN ARGS "${shards}/packed")
foreach(ranks IN ITEMS 1 3)
    check_shards_of(writer.compressed_shard_outputs_mpi.np${ranks}
        --packing=zstd "${shards}/packed${ranks}/gathered" "${shards}/packed${ranks}/direct")
endforeach()
distproc_add_test(writer.compressed_shard SOURCES compressed_shard.cpp TARGETS zarr LABELS threads)

distproc_add_test(writer.merge_shards SOURCES merge_shards.cpp TARGETS zarr_hdf5 NO_MAIN ARGS "${shards}/merged")
check_outputs_of(writer.merge_shards "${shards}/merged")
distproc_add_test(writer.shard SOURCES shard.cpp TARGETS zarr)
