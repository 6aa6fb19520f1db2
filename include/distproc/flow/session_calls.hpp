// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/failed_items.hpp>
#include <distproc/core/failure_log.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/run_flags.hpp>

#include <string>

namespace distproc::detail {

/// A session but for its writing, behind one type: what begins and ends a run need not be compiled again for each.
class session_calls {
public:
    [[nodiscard]] virtual index_set done() = 0;
    [[nodiscard]] virtual std::string description() = 0;
    [[nodiscard]] virtual traffic moved() = 0;
    virtual void watch(run_flags& flags) = 0;           ///< where the session wants it
    virtual void failed(const failed_items& items) = 0; ///< where the session wants it
    virtual void finish() = 0;
    virtual void close(outcome how) = 0;

protected:
    ~session_calls() = default;
};

template <class Session>
class session_calls_of final : public session_calls {
public:
    explicit session_calls_of(Session& session) : session_(session) {}

    [[nodiscard]] index_set done() override { return index_set(session_.done()); }
    [[nodiscard]] std::string description() override { return std::string(session_.description()); }
    [[nodiscard]] traffic moved() override { return session_.moved(); }
    void watch(run_flags& flags) override {
        if constexpr (requires { session_.watch(flags); }) {
            session_.watch(flags);
        }
    }
    void failed(const failed_items& items) override {
        if constexpr (requires { session_.failed(items); }) {
            session_.failed(items);
        }
    }
    void finish() override { session_.finish(); }
    void close(outcome how) override { session_.close(how); }

private:
    Session& session_;
};

/// `finish` of a session, once.
inline void finish_session(session_calls& session, failure_log& log) noexcept {
    try {
        session.finish();
    } catch (...) {
        log.note_current(stage::write);
    }
}

} // namespace distproc::detail
