#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace trunkline::http {

/**
 * Decodes a gzip stream piece by piece; concatenated members are one text, as RFC 1952 allows.
 * Sans-IO, one object a body.
 */
class gzip_reader {
public:
    enum class status { ok, bad_data, too_large };

    gzip_reader();
    ~gzip_reader();

    /// Appends what `bytes` decode to; stops as soon as `out` would exceed `limit`, so that a small
    /// bomb never becomes a large string.
    status feed(std::string_view bytes, std::string& out, std::size_t limit);
    /// Whether the last member was complete. An empty stream counts as an empty text.
    bool finished() const noexcept { return state_ != state::inside; }

private:
    enum class state { empty, inside, member_end };
    std::unique_ptr<z_stream_s> z_;
    state state_ = state::empty;
};

std::string gzip_compress(std::string_view text);

} // namespace trunkline::http
