# SPDX-License-Identifier: BSL-1.0
# Configures, builds and runs the consumer in BINARY; with EXPECT its configuration must fail with that sentence.
file(REMOVE_RECURSE "${BINARY}")
set(compilers "-DCMAKE_CXX_COMPILER=${CXX}")
if(CC)
    list(APPEND compilers "-DCMAKE_C_COMPILER=${CC}")
endif()
execute_process(
    COMMAND ${CMAKE_COMMAND} -G "${GENERATOR}" -S "${SOURCE}" -B "${BINARY}" ${compilers} "-DHOW=${HOW}" "-DCOMPONENTS=${COMPONENTS}"
        "-DCMAKE_PREFIX_PATH=${PREFIX}" "-DDISTPROC_FOLDER=${DISTPROC}" ${OPTIONS}
    RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(EXPECT)
    string(REGEX REPLACE "[ \n]+" " " flowed "${output}") # CMake wraps its messages
    string(FIND "${flowed}" "${EXPECT}" position)
    if(code EQUAL 0 OR position EQUAL -1)
        message(FATAL_ERROR "configuring must fail with '${EXPECT}', but ended with ${code}:\n${output}")
    endif()
    return()
endif()
if(NOT code EQUAL 0)
    message(FATAL_ERROR "configuring failed:\n${output}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --build "${BINARY}" RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT code EQUAL 0)
    message(FATAL_ERROR "building failed:\n${output}")
endif()
execute_process(COMMAND "${BINARY}/consumer" RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
message("${output}")
if(NOT code EQUAL 0)
    message(FATAL_ERROR "the consumer ended with ${code}")
endif()
