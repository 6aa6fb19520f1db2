# SPDX-License-Identifier: BSL-1.0
# Decides which components are built: sets DISTPROC_HAS_TBB, _MPI, _HDF5, _COMPRESS, _ZARR, _HYBRID, _ZARR_HDF5 and _COMPRESSED_HDF5.

foreach(component IN ITEMS TBB MPI HDF5 COMPRESS ZARR)
    if(NOT DISTPROC_WITH_${component} MATCHES "^(AUTO|ON|OFF|TRUE|FALSE|1|0)$")
        message(FATAL_ERROR "DISTPROC_WITH_${component} is '${DISTPROC_WITH_${component}}': write AUTO, ON or OFF")
    endif()
    set(DISTPROC_HAS_${component} FALSE)
endforeach()

# distproc_decide(COMPONENT found "what is missing"): ON and missing is an error, AUTO and missing is a line.
function(distproc_decide component found missing)
    if(found)
        set(DISTPROC_HAS_${component} TRUE PARENT_SCOPE)
        message(STATUS "distproc: component ${component} is built")
    elseif(DISTPROC_WITH_${component} STREQUAL "AUTO")
        message(STATUS "distproc: component ${component} is left out: ${missing}")
    else()
        message(FATAL_ERROR "DISTPROC_WITH_${component} is ON, but ${missing}")
    endif()
endfunction()

find_package(Threads REQUIRED)

if(DISTPROC_WITH_TBB)
    find_package(TBB QUIET CONFIG)
    distproc_decide(TBB "${TBB_FOUND}" "oneTBB was not found (Debian: libtbb-dev; elsewhere set TBB_ROOT)")
endif()

if(DISTPROC_WITH_MPI)
    include(distproc_find_mpi)
    distproc_decide(MPI "${DISTPROC_MPI_FOUND}" "${DISTPROC_MPI_MESSAGE}")
endif()

if(DISTPROC_WITH_HDF5)
    enable_language(C)
    set(DISTPROC_HDF5_WITH_MPI ${DISTPROC_HAS_MPI})
    include(distproc_find_hdf5)
    distproc_decide(HDF5 "${DISTPROC_HDF5_FOUND}" "${DISTPROC_HDF5_MESSAGE}")
    if(DISTPROC_HAS_HDF5)
        message(STATUS "distproc: HDF5 ${HDF5_VERSION}, parallel: ${HDF5_IS_PARALLEL}")
    endif()
endif()

if(DISTPROC_WITH_COMPRESS)
    include(distproc_find_compress)
    distproc_decide(COMPRESS "${DISTPROC_COMPRESS_FOUND}" "${DISTPROC_COMPRESS_MESSAGE}")
endif()

if(DISTPROC_WITH_ZARR)
    find_package(nlohmann_json 3.10 QUIET CONFIG)
    if(DISTPROC_HAS_COMPRESS)
        distproc_decide(ZARR "${nlohmann_json_FOUND}"
            "nlohmann/json was not found (Debian: nlohmann-json3-dev; elsewhere set nlohmann_json_ROOT)")
    else()
        distproc_decide(ZARR FALSE "it needs the component compress, which is not built (see DISTPROC_WITH_COMPRESS)")
    endif()
endif()

set(DISTPROC_HAS_HYBRID FALSE)
if(DISTPROC_HAS_TBB AND DISTPROC_HAS_MPI)
    set(DISTPROC_HAS_HYBRID TRUE)
endif()

set(DISTPROC_HAS_ZARR_HDF5 FALSE)
if(DISTPROC_HAS_ZARR AND DISTPROC_HAS_HDF5)
    set(DISTPROC_HAS_ZARR_HDF5 TRUE)
endif()

set(DISTPROC_HAS_COMPRESSED_HDF5 FALSE)
if(DISTPROC_HAS_COMPRESS AND DISTPROC_HAS_HDF5)
    set(DISTPROC_HAS_COMPRESSED_HDF5 TRUE)
endif()
