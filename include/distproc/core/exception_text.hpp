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

/// A type as it is written in C++.
[[nodiscard]] inline std::string type_text(const std::type_info& type) {
    int status = 0;
    char* const plain = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
    std::string text = plain == nullptr ? type.name() : plain;
    std::free(plain);
    return text;
}

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
        return "an exception of type " + (type == nullptr ? "unknown" : type_text(*type)) +
               " (throw something derived from std::exception to say more)";
    }
}

} // namespace distproc
