// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/shape.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace distproc::zarr {

/// Keeps the order of its members.
using json = nlohmann::ordered_json;

/// Name of a node's metadata: Zarr v3 core, section "Metadata".
inline constexpr std::string_view metadata_name = "zarr.json";

/// As text for a file; what is no UTF-8 becomes U+FFFD.
[[nodiscard]] inline std::string to_text(const json& value) {
    return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

/// Whether it is this number. (json's own operators compare any kinds with each other: seconds of every compilation.)
[[nodiscard]] inline bool is_number(const json& value, double number) {
    return value.is_number() && value.get<double>() == number;
}

[[nodiscard]] inline bool is_false(const json& value) { return value.is_boolean() && !value.get<bool>(); }

/// One metadata document that is being read. Throws `error` that names the file and what is wrong in it.
class document {
public:
    document(std::string_view text, std::string file) : file_(std::move(file)) {
        root_ = json::parse(text.begin(), text.end(), nullptr, false);
        if (!root_.is_object()) {
            fail("is no JSON object; name a Zarr directory that is whole");
        }
    }

    [[nodiscard]] const json& root() const noexcept { return root_; }
    [[nodiscard]] const std::string& file() const noexcept { return file_; }

    [[noreturn]] void fail(const std::string& what) const { throw error("'" + file_ + "' " + what); }

    /// A member that must be there.
    [[nodiscard]] const json& at(const json& owner, const char* name) const {
        const auto found = owner.is_object() ? owner.find(name) : owner.end();
        if (!owner.is_object() || found == owner.end()) {
            fail(std::string("has no '") + name + "', which Zarr v3 asks for");
        }
        return *found;
    }
    [[nodiscard]] std::string text_at(const json& owner, const char* name) const {
        const json& value = at(owner, name);
        if (!value.is_string()) {
            fail(std::string("has a '") + name + "' that is no text");
        }
        return value.get<std::string>();
    }
    /// The name of an extension: Zarr v3 core, section "Extension definition": an object, or its name alone.
    [[nodiscard]] std::string name_of(const json& extension) const {
        return extension.is_string() ? extension.get<std::string>() : text_at(extension, "name");
    }
    [[nodiscard]] shape shape_at(const json& owner, const char* name) const {
        const json& value = at(owner, name);
        shape extents;
        const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        for (const json& extent : value.is_array() ? value : json::array({nullptr})) {
            const bool fits = extent.is_number_unsigned() && extent.get<std::uint64_t>() <= most;
            if (!fits) {
                fail(std::string("has a '") + name + "' that is no list of extents");
            }
            extents.push_back(extent.get<std::size_t>());
        }
        return extents;
    }
    /// A member of the configuration, which may be missing.
    [[nodiscard]] std::string option(const json& extension, const char* name, std::string otherwise) const {
        if (!extension.is_object() || !extension.contains("configuration") || !extension["configuration"].is_object() ||
            !extension["configuration"].contains(name)) {
            return otherwise;
        }
        return text_at(extension["configuration"], name);
    }

private:
    std::string file_;
    json root_;
};

} // namespace distproc::zarr
