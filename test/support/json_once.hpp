// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// The JSON of the tests of Zarr, compiled once and optimised (json_once.cpp): without optimisation and with sanitizers,
// tests that open damaged arrays some thousand times would spend most of their time in it.
#include <nlohmann/json.hpp>

#define DISTPROC_TEST_JSON(what)                                                                                       \
    what template class nlohmann::basic_json<nlohmann::ordered_map>;                                                   \
    what template class nlohmann::detail::lexer<nlohmann::ordered_json,                                                \
                                                nlohmann::detail::iterator_input_adapter<const char*>>;                \
    what template class nlohmann::detail::parser<nlohmann::ordered_json,                                               \
                                                 nlohmann::detail::iterator_input_adapter<const char*>>;               \
    what template class nlohmann::detail::json_sax_dom_parser<nlohmann::ordered_json>;                                 \
    what template class nlohmann::detail::serializer<nlohmann::ordered_json>;

DISTPROC_TEST_JSON(extern)
