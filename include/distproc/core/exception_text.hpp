// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <typeinfo>

namespace distproc {

/// What the exception in hand says; to be called inside a `catch`. An exception that is no `std::exception` is named by
/// its type.
[[nodiscard]] inline std::string current_exception_text() {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return "out of memory (std::bad_alloc)";
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        const std::type_info* type = abi::__cxa_current_exception_type();
        int status = 0;
        char* plain = type == nullptr ? nullptr : abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
        std::string text = "an exception of type ";
        text += plain == nullptr ? "unknown" : plain;
        std::free(plain);
        return text + " (throw something derived from std::exception to say more)";
    }
}

} // namespace distproc
