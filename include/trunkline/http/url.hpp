#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trunkline::http {

/// The parts of an absolute http or https URL that a client needs.
class url {
public:
    url() {}
    std::string scheme;   ///< "http" or "https", lower case.
    std::string userinfo; ///< Before "@", still encoded; a secret.
    std::string host;     ///< Without brackets for IPv6.
    std::string port;     ///< Explicit or the scheme's default.
    std::string path;     ///< With leading "/", without trailing "/"; may be empty.
    std::string query;    ///< After "?", without it.

    bool is_tls() const noexcept { return scheme == "https"; }
    /// "localhost", 127.0.0.0/8 or ::1.
    bool is_loopback() const noexcept;
    /// "https://host:port" without userinfo, path and query: safe to show.
    std::string origin() const;
    /// "host:port", an IPv6 address in brackets.
    std::string authority() const;
};

/// Nothing if the text is not an absolute http(s) URL.
std::optional<url> parse_url(std::string_view text);

/// Percent-encodes what may not stand in a path segment; "+" is kept (phone numbers).
std::string encode_path_segment(std::string_view text);
std::string encode_query_component(std::string_view text);
/// Decodes %XX. In a path "+" is a plus; in a query (form) it is a space.
std::string percent_decode(std::string_view text, bool plus_is_space);

} // namespace trunkline::http
