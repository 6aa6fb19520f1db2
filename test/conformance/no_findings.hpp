// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace test {

/// Fails with each sentence that a conformance check has found.
inline void no_findings(const std::vector<std::string>& found) {
    for (const std::string& sentence : found) {
        FAIL_CHECK(sentence);
    }
    CHECK(found.empty());
}

/// Whether one of the sentences holds these words.
inline bool says(const std::vector<std::string>& found, const std::string& words) {
    for (const std::string& sentence : found) {
        if (sentence.find(words) != std::string::npos) {
            return true;
        }
    }
    return false;
}

} // namespace test
