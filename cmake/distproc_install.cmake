# SPDX-License-Identifier: BSL-1.0
# Install rules: the headers, one targets file per component, and the package config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(DISTPROC_INSTALL_CMAKEDIR "${CMAKE_INSTALL_DATADIR}/cmake/distproc" CACHE STRING "Where the package config goes, below the prefix")

set(components distproc)
foreach(component IN ITEMS TBB MPI HDF5 COMPRESS ZARR HYBRID ZARR_HDF5 COMPRESSED_HDF5)
    if(DISTPROC_HAS_${component})
        string(TOLOWER distproc_${component} target)
        list(APPEND components ${target})
    endif()
endforeach()
foreach(target IN LISTS components)
    install(TARGETS ${target} EXPORT ${target} FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    install(EXPORT ${target} NAMESPACE distproc:: FILE ${target}-targets.cmake DESTINATION "${DISTPROC_INSTALL_CMAKEDIR}")
endforeach()

configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/distproc-config.cmake.in" "${PROJECT_BINARY_DIR}/distproc-config.cmake"
    INSTALL_DESTINATION "${DISTPROC_INSTALL_CMAKEDIR}"
    NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/distproc-config-version.cmake"
    COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
install(FILES
    "${PROJECT_BINARY_DIR}/distproc-config.cmake"
    "${PROJECT_BINARY_DIR}/distproc-config-version.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/distproc_find_mpi.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/distproc_find_hdf5.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/distproc_find_compress.cmake"
    DESTINATION "${DISTPROC_INSTALL_CMAKEDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
