// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/node_memory.hpp>
#include <distproc/core/error.hpp>

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// TCP connections that tell whether the process at the other end lives. The kernels see to it: they close the
// connection of a process that ends in whatever way, they answer for one that is stopped or busy, and they give up
// where nothing answers at all.

namespace distproc::detail {

/// Proves that who connects is of the same job.
using lifeline_token = std::array<std::uint64_t, 2>;

/// The first thing that goes through a lifeline.
struct lifeline_hello {
    lifeline_token token;
    std::uint64_t rank;
};

inline bool set_option(int socket, int level, int name, int value) noexcept {
    return ::setsockopt(socket, level, name, &value, sizeof value) == 0;
}

/// Makes the kernel find out within about `limit` that the host of the other end, or the way to it, is gone.
inline void notice_silence(int socket, std::chrono::seconds limit) noexcept {
    const int seconds = static_cast<int>(limit.count());
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds / 4);
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, seconds / 4);
    set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1000);
}

/// Waits until the socket can be read or written; false after `limit`.
inline bool wait_for_socket(int socket, short what, std::chrono::milliseconds limit) noexcept {
    pollfd one{socket, what, 0};
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
        const int code = ::poll(&one, 1, left > 0 ? static_cast<int>(left) : 0);
        if (code >= 0 || errno != EINTR) {
            return code > 0;
        }
    }
}

/// Where others reach this process: it listens on a port of its own until it goes.
class lifeline_port {
public:
    /// Not `valid()` where the system gives none.
    lifeline_port() {
        for (const int family : {AF_INET6, AF_INET}) {
            descriptor made(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            if (made.get() < 0 || (family == AF_INET6 && !set_option(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0))) {
                continue;
            }
            sockaddr_storage any{};
            any.ss_family = static_cast<sa_family_t>(family);
            const socklen_t length = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
            sockaddr_storage bound{};
            socklen_t bound_length = sizeof bound;
            if (::bind(made.get(), reinterpret_cast<const sockaddr*>(&any), length) == 0 &&
                ::listen(made.get(), 4096) == 0 &&
                ::getsockname(made.get(), reinterpret_cast<sockaddr*>(&bound), &bound_length) == 0) {
                listening_ = std::move(made);
                port_ = family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
                                           : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port;
                return;
            }
        }
    }

    [[nodiscard]] bool valid() const noexcept { return listening_.get() >= 0; }

    /// Its addresses, one after the other: those that other hosts may know, then the loopback's.
    [[nodiscard]] std::string addresses() const {
        std::string known;
        std::string loopback;
        ifaddrs* all = nullptr;
        if (!valid() || ::getifaddrs(&all) != 0) {
            return {};
        }
        for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
            if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_UP) == 0) {
                continue;
            }
            sockaddr_storage address{};
            if (each->ifa_addr->sa_family == AF_INET) {
                std::memcpy(&address, each->ifa_addr, sizeof(sockaddr_in));
                reinterpret_cast<sockaddr_in*>(&address)->sin_port = port_;
            } else if (each->ifa_addr->sa_family == AF_INET6) {
                std::memcpy(&address, each->ifa_addr, sizeof(sockaddr_in6));
                auto* const six = reinterpret_cast<sockaddr_in6*>(&address);
                if (IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr)) {
                    continue;
                }
                six->sin6_port = port_;
            } else {
                continue;
            }
            std::string& to = (each->ifa_flags & IFF_LOOPBACK) != 0 ? loopback : known;
            if (to.size() < 8 * sizeof address) {
                to.append(reinterpret_cast<const char*>(&address), sizeof address);
            }
        }
        ::freeifaddrs(all);
        return known + loopback;
    }

    /// The next connection that says the token, and the rank that made it; none after `limit`.
    [[nodiscard]] std::pair<descriptor, std::size_t> accept(const lifeline_token& token,
                                                            std::chrono::milliseconds limit) const {
        const auto end = std::chrono::steady_clock::now() + limit;
        for (;;) {
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
            if (left.count() <= 0 || !wait_for_socket(listening_.get(), POLLIN, left)) {
                return {descriptor(), 0};
            }
            descriptor made(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            set_option(made.get(), IPPROTO_TCP, TCP_NODELAY, 1);
            lifeline_hello hello{};
            if (made.get() >= 0 && wait_for_socket(made.get(), POLLIN, std::chrono::seconds(1)) &&
                ::recv(made.get(), &hello, sizeof hello, 0) == static_cast<ssize_t>(sizeof hello) &&
                hello.token == token) {
                return {std::move(made), static_cast<std::size_t>(hello.rank)};
            }
        }
    }

private:
    descriptor listening_;
    in_port_t port_ = 0;
};

/// Connects to the first of `addresses` that answers and takes the hello; none is left where no one does. `near`: on
/// this host, through the loopback; else through any other interface.
[[nodiscard]] inline descriptor connect_lifeline(std::string_view addresses, bool near, const lifeline_hello& hello) {
    for (; addresses.size() >= sizeof(sockaddr_storage); addresses.remove_prefix(sizeof(sockaddr_storage))) {
        sockaddr_storage address{};
        std::memcpy(&address, addresses.data(), sizeof address);
        const bool six = address.ss_family == AF_INET6;
        const bool loopback =
            six ? IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr)
                : (ntohl(reinterpret_cast<const sockaddr_in*>(&address)->sin_addr.s_addr) >> 24U) == 127U;
        if (loopback != near) {
            continue;
        }
        descriptor made(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const socklen_t length = six ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
        int problem = 0;
        socklen_t problem_length = sizeof problem;
        if (made.get() < 0 ||
            (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0 &&
             (errno != EINPROGRESS || !wait_for_socket(made.get(), POLLOUT, std::chrono::seconds(2)) ||
              ::getsockopt(made.get(), SOL_SOCKET, SO_ERROR, &problem, &problem_length) != 0 || problem != 0))) {
            continue;
        }
        set_option(made.get(), IPPROTO_TCP, TCP_NODELAY, 1);
        if (::send(made.get(), &hello, sizeof hello, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof hello)) {
            return made;
        }
    }
    return descriptor();
}

} // namespace distproc::detail
