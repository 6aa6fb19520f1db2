// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>

namespace distproc::detail {

/// A signal that somebody listens to.
struct listened_signal {
    std::atomic<std::uint64_t> came{0};
    struct sigaction previous {};
    std::size_t listeners = 0;
    bool installed = false; ///< `previous` is set
};
inline std::array<listened_signal, NSIG> listened_signals{};

/// Counts how often a signal comes to this process while any of these is there for it. The handler adds one to an
/// atomic counter and calls the handler that was there before, if it is a function; that one is restored in the end,
/// unless somebody has put yet another in place meanwhile, who may have kept ours to call it.
class signal_listener {
public:
    /// Throws `error` where the signal cannot be caught.
    explicit signal_listener(int number) : number_(number) {
        if (number <= 0 || static_cast<std::size_t>(number) >= listened_signals.size()) {
            throw error("there is no signal " + std::to_string(number) + "; name one of <csignal>, such as SIGTERM");
        }
        const std::scoped_lock lock(changing);
        listened_signal& mine = of(number);
        before_ = mine.came;
        if (mine.listeners == 0) {
            install(mine);
        }
        ++mine.listeners;
    }
    signal_listener(const signal_listener&) = delete;
    signal_listener& operator=(const signal_listener&) = delete;
    ~signal_listener() {
        const std::scoped_lock lock(changing);
        listened_signal& mine = of(number_);
        if (--mine.listeners == 0) {
            struct sigaction now {};
            if (::sigaction(number_, nullptr, &now) == 0 && is_ours(now)) {
                ::sigaction(number_, &mine.previous, nullptr);
                mine.installed = false;
            }
        }
    }

    /// "SIGTERM".
    [[nodiscard]] std::string name() const {
        switch (number_) {
        case SIGHUP:
            return "SIGHUP";
        case SIGINT:
            return "SIGINT";
        case SIGTERM:
            return "SIGTERM";
        case SIGUSR1:
            return "SIGUSR1";
        case SIGUSR2:
            return "SIGUSR2";
        default:
            return "signal " + std::to_string(number_);
        }
    }
    /// Whether the signal has come since this was made.
    [[nodiscard]] bool came() const noexcept { return of(number_).came != before_; }

private:
    [[nodiscard]] static listened_signal& of(int number) noexcept {
        return listened_signals[static_cast<std::size_t>(number)];
    }
    [[nodiscard]] static bool is_ours(const struct sigaction& action) noexcept {
        return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &handle;
    }

    void install(listened_signal& mine) const {
        struct sigaction now {};
        bool well = ::sigaction(number_, nullptr, &now) == 0;
        if (well && !(mine.installed && is_ours(now))) {
            if (!mine.installed) { // else whoever is there now may call ours, which goes on to the first one
                mine.previous = now;
                mine.installed = true;
            }
            struct sigaction ours {};
            ours.sa_sigaction = &handle;
            ours.sa_flags = SA_SIGINFO | SA_RESTART;
            sigemptyset(&ours.sa_mask);
            well = ::sigaction(number_, &ours, nullptr) == 0;
        }
        if (!well) {
            mine.installed = false;
            throw error(name() + " cannot be caught: " + std::strerror(errno) + "; name another, such as SIGTERM");
        }
    }

    // Does nothing but what is allowed in a handler.
    static void handle(int number, siginfo_t* info, void* where) {
        const int kept = errno;
        listened_signal& mine = of(number);
        mine.came.fetch_add(1);
        if ((mine.previous.sa_flags & SA_SIGINFO) != 0) {
            if (mine.previous.sa_sigaction != nullptr) {
                mine.previous.sa_sigaction(number, info, where);
            }
        } else if (mine.previous.sa_handler != SIG_DFL && mine.previous.sa_handler != SIG_IGN) {
            mine.previous.sa_handler(number);
        }
        errno = kept;
    }

    static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "handlers may only use lock-free atomics");
    static inline std::mutex changing;

    int number_;
    std::uint64_t before_ = 0;
};

} // namespace distproc::detail
