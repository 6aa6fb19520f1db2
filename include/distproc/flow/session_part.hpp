// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

namespace distproc::detail {

/// Sessions that give each worker a part of its own to write to.
template <class Session>
concept has_parts = Session::concurrent && requires(Session& s) { s.part(); };

/// What a worker writes to: its own part of the session, or the session.
template <class Session>
decltype(auto) part_of(Session& session) {
    if constexpr (has_parts<Session>) {
        return session.part();
    } else {
        return (session);
    }
}

} // namespace distproc::detail
