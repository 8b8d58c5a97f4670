#pragma once

#include <trunkline/core/error.hpp>
#include <trunkline/redis/reply.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace trunkline::redis {

/**
 * Replies out of bytes, by the reader of hiredis (RESP2). One that broke stays broken.
 * Thread safety: none.
 */
class reply_parser {
public:
    /// `max_bytes` bounds what one reply may take in memory.
    explicit reply_parser(std::size_t max_bytes);
    reply_parser(reply_parser const&) = delete;
    reply_parser& operator=(reply_parser const&) = delete;
    ~reply_parser();

    void feed(std::string_view bytes);
    /// Takes the next whole reply. False: there is none yet, or trouble().
    bool next(reply& out);
    /// protocol_error or too_large; 0 if all is well.
    errc trouble() const noexcept { return trouble_; }
    /// What is not RESP about it, in words that quote nothing.
    std::string const& complaint() const noexcept { return complaint_; }

    class impl;

private:
    std::unique_ptr<impl> impl_;
    errc trouble_{};
    std::string complaint_;
};

} // namespace trunkline::redis
