#pragma once

#include <http/stream.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace trunkline::http {

/// The moment a limit is reached. No limit (zero, or longer than any program runs) is never reached.
inline std::chrono::steady_clock::time_point after(
    std::chrono::steady_clock::time_point from, std::chrono::milliseconds limit) noexcept
{
    bool const none =
        limit <= std::chrono::milliseconds::zero() || limit > std::chrono::hours(24 * 3650);
    return none ? std::chrono::steady_clock::time_point::max() : from + limit;
}

/// Bytes read and not yet understood. Starts small (most connections are idle most of the time) and
/// grows while the peer fills it.
class read_buffer {
public:
    /// More than the longest header: a message that needs more at once is not one.
    static constexpr std::size_t max_size = 96u << 10;

    /// Room for the next read; empty when the limit is reached.
    asio::mutable_buffer prepare()
    {
        if (begin_ > 0) {
            bytes_.erase(0, begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (full_) bytes_.resize(std::clamp<std::size_t>(bytes_.size() * 2, first_size, max_size));
        return asio::buffer(bytes_.data() + end_, bytes_.size() - end_);
    }
    void commit(std::size_t n) noexcept
    {
        end_ += n;
        full_ = end_ == bytes_.size();
    }
    std::string_view data() const noexcept
    {
        return std::string_view(bytes_).substr(begin_, end_ - begin_);
    }
    void consume(std::size_t n) noexcept
    {
        begin_ += n;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    bool empty() const noexcept { return begin_ == end_; }

private:
    static constexpr std::size_t first_size = 8u << 10;
    std::string bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool full_ = true;
};

/// Up to three pieces of a message on their way out. Does not own them.
class outgoing {
public:
    outgoing() = default;
    outgoing(std::string_view head, std::string_view body, std::string_view tail = {})
        : pieces_{asio::buffer(head.data(), head.size()), asio::buffer(body.data(), body.size()),
              asio::buffer(tail.data(), tail.size())}
    {}
    stream::buffers const& pieces() const noexcept { return pieces_; }
    bool empty() const noexcept { return asio::buffer_size(pieces_) == 0; }
    void consume(std::size_t n) noexcept
    {
        for (auto& piece : pieces_) {
            auto const part = std::min(n, piece.size());
            piece += part;
            n -= part;
        }
    }

private:
    stream::buffers pieces_;
};

} // namespace trunkline::http
