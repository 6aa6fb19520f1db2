// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <string>
#include <string_view>

namespace test {

/// A folder that goes when the test ends.
class folder {
public:
    folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "distproc-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    [[nodiscard]] std::string operator/(std::string_view name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

/// What a call throws; empty where it throws nothing.
template <class Call>
std::string thrown_by(Call&& call) {
    try {
        call();
    } catch (const std::exception& e) {
        return e.what();
    }
    return {};
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

} // namespace test
