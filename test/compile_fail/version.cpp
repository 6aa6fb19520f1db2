// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
// Shows that the harness works: see CMakeLists.txt beside it.
#include <distproc/core/version.hpp>

#if defined(SECTION_other_version)
// EXPECT: this is another version of distproc
static_assert(distproc::version == "0.0.0", "this is another version of distproc; update the program");
#endif

int main() {}
