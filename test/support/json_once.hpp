// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// The JSON of the tests of Zarr, compiled once and optimised (json_once.cpp): without optimisation and with sanitizers,
// tests that open damaged arrays some thousand times would spend most of their time in it.
#include <nlohmann/json.hpp>

// Parser and serializer are internals, named as up to version 3.11; of a later one only the class is compiled once.
#if NLOHMANN_JSON_VERSION_MAJOR == 3 && NLOHMANN_JSON_VERSION_MINOR <= 11
#define DISTPROC_TEST_JSON_DETAIL(what)                                                                                \
    what template class nlohmann::detail::lexer<nlohmann::ordered_json,                                                \
                                                nlohmann::detail::iterator_input_adapter<const char*>>;                \
    what template class nlohmann::detail::parser<nlohmann::ordered_json,                                               \
                                                 nlohmann::detail::iterator_input_adapter<const char*>>;               \
    what template class nlohmann::detail::json_sax_dom_parser<nlohmann::ordered_json>;                                 \
    what template class nlohmann::detail::serializer<nlohmann::ordered_json>;
#else
#define DISTPROC_TEST_JSON_DETAIL(what)
#endif
#define DISTPROC_TEST_JSON(what)                                                                                       \
    what template class nlohmann::basic_json<nlohmann::ordered_map>;                                                   \
    DISTPROC_TEST_JSON_DETAIL(what)

DISTPROC_TEST_JSON(extern)
