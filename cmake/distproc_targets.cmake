# SPDX-License-Identifier: BSL-1.0
# The interface targets. Each header belongs to one of them (headers.cmake) and includes only headers of targets it links.
include(headers) # DISTPROC_HEADERS_CORE, _TBB, _MPI, _HDF5, _COMPRESS, _ZARR, _HYBRID, _ZARR_HDF5, _COMPRESSED_HDF5

# distproc_component(NAME real_target export_name libraries...)
function(distproc_component name target export_name)
    add_library(${target} INTERFACE)
    add_library(distproc::${export_name} ALIAS ${target})
    list(TRANSFORM DISTPROC_HEADERS_${name} PREPEND "${PROJECT_SOURCE_DIR}/include/")
    target_sources(${target} INTERFACE
        FILE_SET HEADERS
        BASE_DIRS "${PROJECT_SOURCE_DIR}/include"
        FILES ${DISTPROC_HEADERS_${name}})
    target_compile_features(${target} INTERFACE cxx_std_20)
    target_link_libraries(${target} INTERFACE ${ARGN})
    set_target_properties(${target} PROPERTIES
        EXPORT_NAME ${export_name}
        VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
endfunction()

distproc_component(CORE distproc distproc Threads::Threads ${CMAKE_DL_LIBS})
if(DISTPROC_HAS_TBB)
    distproc_component(TBB distproc_tbb tbb distproc::distproc TBB::tbb)
endif()
if(DISTPROC_HAS_MPI)
    distproc_component(MPI distproc_mpi mpi distproc::distproc MPI::MPI_CXX Boost::mpi Boost::serialization)
endif()
if(DISTPROC_HAS_HDF5)
    distproc_component(HDF5 distproc_hdf5 hdf5 distproc::distproc distproc::hdf5_c)
endif()
if(DISTPROC_HAS_COMPRESS)
    distproc_component(COMPRESS distproc_compress compress distproc::distproc ZLIB::ZLIB distproc::zstd_c)
endif()
if(DISTPROC_HAS_ZARR)
    distproc_component(ZARR distproc_zarr zarr distproc::compress nlohmann_json::nlohmann_json)
endif()
if(DISTPROC_HAS_HYBRID)
    distproc_component(HYBRID distproc_hybrid hybrid distproc::tbb distproc::mpi)
endif()
if(DISTPROC_HAS_ZARR_HDF5)
    distproc_component(ZARR_HDF5 distproc_zarr_hdf5 zarr_hdf5 distproc::zarr distproc::hdf5)
endif()
if(DISTPROC_HAS_COMPRESSED_HDF5)
    distproc_component(COMPRESSED_HDF5 distproc_compressed_hdf5 compressed_hdf5 distproc::compress distproc::hdf5)
endif()
