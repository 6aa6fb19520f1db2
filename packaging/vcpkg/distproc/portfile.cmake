# An overlay port, beside the sources that it installs: vcpkg install distproc --overlay-ports=packaging/vcpkg
set(VCPKG_BUILD_TYPE release) # header-only
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)

set(options "")
foreach(component IN ITEMS TBB MPI HDF5 COMPRESS ZARR)
    string(TOLOWER ${component} feature)
    if(feature IN_LIST FEATURES)
        list(APPEND options -DDISTPROC_WITH_${component}=ON)
    else()
        list(APPEND options -DDISTPROC_WITH_${component}=OFF)
    endif()
endforeach()

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS ${options} -DDISTPROC_TESTS=OFF -DDISTPROC_EXAMPLES=OFF -DDISTPROC_BENCH=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/distproc)
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug" "${CURRENT_PACKAGES_DIR}/lib" "${CURRENT_PACKAGES_DIR}/share/doc")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
