// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace distproc {

template <class Signature>
class function_ref;

/// A reference to something callable, which must live as long as it may be called: for parameters of functions that
/// need no instance per callable, since they are no part of an inner loop. As C++26's `std::function_ref`, whose place
/// it keeps, but for objects only: a plain function comes in a lambda. One indirect call; allocates and throws nothing
/// of its own.
template <class Result, class... Arguments>
class function_ref<Result(Arguments...)> {
public:
    template <class Callable>
        requires(!std::is_same_v<std::remove_cvref_t<Callable>, function_ref> &&
                 !std::is_function_v<std::remove_reference_t<Callable>> &&
                 std::is_invocable_r_v<Result, Callable&, Arguments...>)
    function_ref(Callable&& callable) noexcept // NOLINT(google-explicit-constructor): a parameter in a callable's place
        : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
          call_([](void* object, Arguments... arguments) -> Result {
              auto& target = *static_cast<std::remove_reference_t<Callable>*>(object);
              if constexpr (std::is_void_v<Result>) {
                  std::invoke(target, std::forward<Arguments>(arguments)...);
              } else {
                  return std::invoke(target, std::forward<Arguments>(arguments)...);
              }
          }) {}

    Result operator()(Arguments... arguments) const { return call_(object_, std::forward<Arguments>(arguments)...); }

private:
    void* object_;
    Result (*call_)(void*, Arguments...);
};

} // namespace distproc
