// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <string_view>

namespace distproc {

/// Version of these headers; the same as in CMakeLists.txt and in the newest entry of CHANGELOG.md.
inline constexpr int version_major = 0;
inline constexpr int version_minor = 1;
inline constexpr int version_patch = 0;
inline constexpr std::string_view version = "0.1.0";

} // namespace distproc
