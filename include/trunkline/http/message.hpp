#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trunkline::http {

/// Header fields in order; names compare without case.
class headers {
public:
    headers() = default;
    /// The first value of the field, or empty.
    std::string_view get(std::string_view name) const noexcept;
    bool contains(std::string_view name) const noexcept;
    /// Replaces every field of this name by one.
    void set(std::string_view name, std::string value);
    void add(std::string_view name, std::string value);
    void erase(std::string_view name);
    std::vector<std::pair<std::string, std::string>> const& all() const noexcept { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// A request in origin form. The transport adds Host, Content-Length and Connection.
class request {
public:
    request() {}
    std::string method = "GET";
    std::string target = "/"; ///< Path and query, already percent-encoded.
    http::headers headers;
    std::string body;
};

class response {
public:
    response() {}
    int status = 0;
    http::headers headers;
    std::string body; ///< Complete and decoded (chunked, gzip).
};

/// How a server ends an answer. All but `complete` exist to play a failing service.
enum class ending : std::uint8_t {
    complete,
    reset_before, ///< The connection is reset, no byte of the answer is sent.
    cut,          ///< Half of the body (of the header, if there is none) is sent, then it is reset.
    hang,         ///< Nothing is sent; the connection stays open until the peer gives up.
};

enum class framing : std::uint8_t { content_length, chunked };

/// What a server handler answers.
class reply {
public:
    reply() {}
    reply(int code, std::string text) : status(code), body(std::move(text)) {}
    int status = 200;
    http::headers headers;
    std::string body;
    std::chrono::milliseconds delay{0}; ///< Waited before the first byte.
    http::ending ending = http::ending::complete;
    http::framing framing = http::framing::content_length;
};

} // namespace trunkline::http
