#pragma once

#include <trunkline/trunkline.h>

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/json.hpp>

#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// What a failure looks like across the interface.
struct trunkline_error {
    trunkline_status status = TRUNKLINE_OK;
    std::uint32_t conditions = 0;
    trunkline::diagnostics diag;
    std::string document; ///< JSON of what was done all the same.
};

struct trunkline_buffer {
    std::string bytes;
};

namespace trunkline::capi {

/// A failure on its way to the caller.
class failure_status : public std::runtime_error {
public:
    failure_status(trunkline_status s, std::string const& message)
        : std::runtime_error(message), status(s)
    {}
    trunkline_status status;
};

trunkline_status status_of(error_code code) noexcept;
std::uint32_t conditions_of(error_code code) noexcept;

/// Stores an error where the caller wants one; never throws. Returns `s`.
trunkline_status set_error(trunkline_error** out, trunkline_status s, char const* message) noexcept;
trunkline_status set_error(
    trunkline_error** out, error_code code, diagnostics diag, std::string document = {}) noexcept;

/// Runs `f` and turns whatever it throws into a status and an error.
template <class F>
trunkline_status guarded(trunkline_error** out, F&& f) noexcept
{
    if (out) *out = nullptr;
    try {
        return std::forward<F>(f)();
    } catch (failure_status const& e) {
        return set_error(out, e.status, e.what());
    } catch (error const& e) {
        auto diag = e.diag();
        if (diag.message.empty()) diag.message = e.what();
        return set_error(out, e.code(), std::move(diag));
    } catch (json::parse_exception const& e) {
        return set_error(out, TRUNKLINE_E_INVALID_JSON, e.what());
    } catch (std::invalid_argument const& e) {
        return set_error(out, TRUNKLINE_E_INVALID_ARGUMENT, e.what());
    } catch (std::bad_alloc const&) {
        return set_error(out, TRUNKLINE_E_NO_MEMORY, "there is no memory");
    } catch (std::exception const& e) {
        return set_error(out, TRUNKLINE_E_INTERNAL, e.what());
    } catch (...) {
        return set_error(out, TRUNKLINE_E_INTERNAL, "an unknown exception");
    }
}

/// No object is as large in any address space: such a length is a negative number, or no number at
/// all. Whether a smaller one is that of the caller's memory cannot be told.
inline constexpr std::size_t longest_text = SIZE_MAX / 4;
/// Of what names something, which is never long: a length above it is a mistake of the caller.
inline constexpr std::size_t longest_name = 65'536;

/// A text that came in. Throws std::invalid_argument for NULL with a length, and for a length that
/// is none.
inline std::string_view text(
    char const* data, std::size_t size, char const* what, std::size_t longest = longest_text)
{
    if (size > longest)
        throw std::invalid_argument(
            std::string(what) + " is longer than " + std::to_string(longest) + " bytes");
    if (data) return {data, size};
    if (size != 0) throw std::invalid_argument(std::string(what) + " is NULL but has a length");
    return {};
}

inline std::string_view required_name(char const* data, std::size_t size, char const* what)
{
    auto const t = text(data, size, what, longest_name);
    if (t.empty()) throw std::invalid_argument(std::string(what) + " is empty");
    return t;
}

template <class T>
T& checked(T* handle, char const* what)
{
    if (!handle) throw std::invalid_argument(std::string(what) + " is NULL");
    return *handle;
}

/// Copies what the caller's version of a struct has; the rest keeps its zeros. Throws
/// std::invalid_argument for a size that no version ever had.
template <class T>
T options_of(T const* given)
{
    T out{};
    if (!given) return out;
    auto const size = given->struct_size;
    if (size < 2 * sizeof(std::uint32_t) || size > 4096)
        throw std::invalid_argument(
            "struct_size is not that of an options struct; set it to sizeof");
    auto const* const from = reinterpret_cast<char const*>(given);
    if (size > sizeof(T))
        for (auto i = sizeof(T); i < size; ++i)
            if (from[i] != 0)
                throw std::invalid_argument(
                    "an option is set that this version of the library does not know");
    std::char_traits<char>::copy(
        reinterpret_cast<char*>(&out), from, size < sizeof(T) ? size : sizeof(T));
    return out;
}

/// Gives as much of a snapshot as the caller's version of the struct has.
template <class T>
trunkline_status give(T* out, T value) noexcept
{
    if (!out || out->struct_size < 2 * sizeof(std::uint32_t)) return TRUNKLINE_E_INVALID_ARGUMENT;
    auto const size = out->struct_size < sizeof(T) ? out->struct_size : sizeof(T);
    value.struct_size = static_cast<std::uint32_t>(size);
    std::char_traits<char>::copy(
        reinterpret_cast<char*>(out), reinterpret_cast<char const*>(&value), size);
    return TRUNKLINE_OK;
}

} // namespace trunkline::capi
