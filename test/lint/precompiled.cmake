# SPDX-License-Identifier: BSL-1.0
# The headers that are precompiled under BINARY must not be marked as those of the system.
file(GLOB_RECURSE headers "${BINARY}/test/*/cmake_pch.hxx")
if(NOT headers)
    message(FATAL_ERROR "no cmake_pch.hxx under ${BINARY}/test")
endif()
foreach(header IN LISTS headers)
    file(STRINGS "${header}" marks REGEX "system_header")
    if(marks)
        message(FATAL_ERROR "${header} has '${marks}': warnings in distproc's headers would be lost in all tests")
    endif()
endforeach()
