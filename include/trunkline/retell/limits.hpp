#pragma once

#include <trunkline/http/client.hpp>
#include <trunkline/retell/operation.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trunkline::retell {

/// What an operation moves, and so how long it may take and how much it may bring.
enum class traffic : std::uint8_t {
    read,      ///< One resource.
    list,      ///< Many of them.
    write,     ///< A change of one resource.
    upload,    ///< Files go out.
    live_call, ///< Somebody is on the phone, or about to be.
};
inline constexpr std::size_t traffic_classes = 5;

traffic traffic_of(operation const& op) noexcept;
std::string_view name(traffic t) noexcept;

/// The limits of one class. Copyable.
class traffic_limits {
public:
    traffic_limits() {}
    /// Longest silence, and one attempt as a whole; zero is no limit, nothing is the transport's
    /// own (client_options::http).
    std::optional<std::chrono::milliseconds> read_timeout;
    std::optional<std::chrono::milliseconds> total_timeout;
    /// Header and decoded body; the answer is given up while it is read. Never more than the
    /// transport's max_response_bytes.
    std::size_t max_answer_bytes = 16u << 20;
    std::size_t max_request_bytes = 16u << 20; ///< Of the encoded body; more is invalid_argument.
};

/// The limits of each class, each with a default of its own. Copyable.
class limits {
public:
    limits();
    traffic_limits& operator[](traffic t) noexcept { return of_[static_cast<std::size_t>(t)]; }
    traffic_limits const& operator[](traffic t) const noexcept
    {
        return of_[static_cast<std::size_t>(t)];
    }
    /// Sets the time of one attempt, and as longest silence too, for every class.
    void set_timeout(std::chrono::milliseconds total) noexcept;

private:
    traffic_limits of_[traffic_classes];
};

/// What an operation that owes no result may bring: room for an error page.
inline constexpr std::size_t acknowledgement_bytes = 1u << 20;

/// The limits of one request of this operation.
http::send_options send_limits(
    limits const& l, http::client_options const& transport, operation const& op);

} // namespace trunkline::retell
