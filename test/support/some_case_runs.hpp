// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// A program of tests that is asked for cases it does not have must not pass. For the runners.
#include <doctest/doctest.h>

#include <iostream>

namespace test {

struct case_counter : doctest::IReporter {
    static inline bool none = false;

    explicit case_counter(const doctest::ContextOptions&) {}
    void test_run_end(const doctest::TestRunStats& run) override { none = run.numTestCasesPassingFilters == 0; }
    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_case_start(const doctest::TestCaseData&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_LISTENER("case_counter", 1, case_counter);

/// False, and says so, where the last run had no case.
inline bool some_case_runs() {
    if (case_counter::none) {
        std::cerr << "this program has none of the test cases that it was asked for" << std::endl;
    }
    return !case_counter::none;
}

} // namespace test
