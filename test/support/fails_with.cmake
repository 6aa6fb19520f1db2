# SPDX-License-Identifier: BSL-1.0
# PROGRAM ARGUMENT must end with CODE and print SENTENCE.
execute_process(COMMAND "${PROGRAM}" "${ARGUMENT}" RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
string(FIND "${output}" "${SENTENCE}" position)
if(NOT code STREQUAL CODE OR position EQUAL -1)
    message(FATAL_ERROR "must end with ${CODE} and say '${SENTENCE}', but ended with ${code}:\n${output}")
endif()
