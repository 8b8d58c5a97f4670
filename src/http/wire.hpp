#pragma once

#include <trunkline/core/error.hpp>
#include <trunkline/http/message.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// HTTP/1.1 as bytes, without any I/O: messages are read from pieces and written to strings.
namespace trunkline::http::wire {

/// What reading a message can run into. Everything but `none` ends the connection.
enum class trouble : std::uint8_t {
    none,
    malformed, ///< Not HTTP, or its framing contradicts itself.
    truncated, ///< The stream ended inside the message.
    header_too_large,
    body_too_large,
    bad_encoding, ///< The content encoding is unknown or its data damaged.
};
std::string_view describe(trouble t) noexcept;

/// Which body a response has is decided by the request it answers.
enum class answers : std::uint8_t { ordinary, head, connect };

/// Longest header accepted from a peer unless options say less.
inline constexpr std::size_t max_header_bytes = 64u << 10;

/**
 * Reads one response, skipping interim ones (1xx). Gzip bodies are decoded on the way.
 * `max_bytes` bounds header and decoded body together.
 */
class response_reader {
public:
    response_reader(answers kind, std::size_t max_bytes);
    ~response_reader();
    response_reader(response_reader&&) noexcept;
    response_reader& operator=(response_reader&&) noexcept;

    /// Takes the longest usable prefix of `bytes` and returns its length; offer the rest again with
    /// more behind it. Nothing is taken once done() or after a trouble.
    std::size_t feed(std::string_view bytes);
    /// The peer closed its side; `clean` if it said so by the rules of the transport.
    void end_of_stream(bool clean);

    bool done() const noexcept;
    wire::trouble trouble() const noexcept;
    /// Whether any byte of a response was seen.
    bool started() const noexcept;
    /// After done(): whether the connection may carry another request.
    bool keep_alive() const noexcept;
    /// After done().
    response take();
    /// What the header said of a response that is not done: status and fields; status 0 before that.
    response take_head();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// Reads one request; `max_body` and `max_header` bound it.
class request_reader {
public:
    request_reader(std::size_t max_header, std::size_t max_body);
    ~request_reader();
    request_reader(request_reader&&) noexcept;
    request_reader& operator=(request_reader&&) noexcept;

    std::size_t feed(std::string_view bytes);
    bool done() const noexcept;
    wire::trouble trouble() const noexcept;
    bool started() const noexcept;
    /// After done(): what the peer asks for.
    bool keep_alive() const noexcept;
    /// Whether the peer holds its body back until it gets "100 Continue" (and has not sent any of it).
    bool expects_continue() const noexcept;
    bool is_http_1_0() const noexcept;
    request take();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// Empty if the request can be written as it is, else what is wrong with it.
std::string_view check(request const& r) noexcept;
/// Whether these fields can be written without forging others.
bool is_writable(headers const& fields) noexcept;

/// Fields that only the transport may set; others' are left out when a message is written.
bool is_framing_field(std::string_view name) noexcept;

/// Request line and fields; `target` in the form the next hop wants.
std::string request_head(
    request const& r, std::string_view target, std::string_view host, headers const& defaults);

/// How a response leaves a server.
class response_plan {
public:
    response_plan() {}
    bool head_only = false; ///< Answers HEAD.
    bool keep_alive = true;
    bool http_1_0 = false;
    http::framing framing = http::framing::content_length;
    std::string_view date; ///< Of the Date field.
    bool vary_encoding = false;
    bool gzip = false;
};
/// Status line and fields; with chunked framing also the size line of the one chunk that follows.
std::string response_head(
    int status, headers const& fields, std::size_t body_size, response_plan const& plan);
/// What follows the body.
std::string_view response_tail(std::size_t body_size, response_plan const& plan) noexcept;
/// Whether a response of this status has a body at all.
bool allows_body(int status) noexcept;
std::string_view reason_phrase(int status) noexcept;
/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string date_text(std::int64_t unix_seconds);
/// Whether an Accept-Encoding value allows gzip.
bool accepts_gzip(std::string_view accept_encoding) noexcept;

} // namespace trunkline::http::wire
