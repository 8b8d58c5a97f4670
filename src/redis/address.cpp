#include <trunkline/redis/address.hpp>

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/http/url.hpp>

#include <algorithm>
#include <charconv>

namespace trunkline::redis {
namespace {

[[noreturn]] void refuse(char const* what)
{
    throw error(errc::invalid_argument,
        "the Redis URL " + std::string(what) +
            "; it reads redis://[user:password@]host[:port][/database], rediss://... for TLS, or "
            "unix://[user:password@]/path[?db=database]");
}

unsigned number(std::string_view text, unsigned most, char const* complaint)
{
    unsigned value = 0;
    auto const* const end = text.data() + text.size();
    auto const read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end || value > most) refuse(complaint);
    return value;
}

void read_user(address& out, std::string_view text)
{
    auto const colon = std::min(text.find(':'), text.size());
    out.user = http::percent_decode(text.substr(0, colon), false);
    if (colon < text.size()) out.password = http::percent_decode(text.substr(colon + 1), false);
    if (out.password.empty()) refuse("names a user without a password");
}

void read_host(address& out, std::string_view text)
{
    auto const v6 = text.starts_with('[');
    auto const close = v6 ? text.find(']') : text.find(':');
    if (v6 && close == std::string_view::npos) refuse("has an unfinished IPv6 address");
    out.host = text.substr(v6, std::min(close, text.size()) - v6);
    auto const rest = text.substr(std::min(v6 ? close + 1 : close, text.size()));
    auto const odd = [](char c) { return c == '/' || c == '@' || c == '%'; };
    if (out.host.empty() || std::ranges::any_of(out.host, odd)) refuse("has no host");
    if (rest.empty()) return;
    if (rest.front() != ':' || rest.size() == 1) refuse("has a port that is no number");
    auto const port = number(rest.substr(1), 65535, "has a port that is no number");
    if (port == 0) refuse("has port 0");
    out.port = std::to_string(port);
}

} // namespace

address address::parse(std::string_view url)
{
    address out;
    auto const separator = url.find("://");
    if (separator == std::string_view::npos) refuse("has no scheme");
    auto const scheme = url.substr(0, separator);
    if (scheme == "rediss") out.transport = transport_kind::tls;
    else if (scheme == "unix") out.transport = transport_kind::local;
    else if (scheme != "redis") refuse("is of no known kind");
    auto rest = url.substr(separator + 3);
    auto const odd = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
    if (std::ranges::any_of(rest, odd)) refuse("holds a space or control character");

    // A password may hold "/" only encoded, a path may hold "@".
    auto const slash = std::min(rest.find('/'), rest.size());
    auto const at = rest.substr(0, slash).rfind('@');
    if (at != std::string_view::npos) {
        read_user(out, rest.substr(0, at));
        rest.remove_prefix(at + 1);
    }
    if (out.transport == transport_kind::local) {
        auto const question = std::min(rest.find('?'), rest.size());
        auto const query = rest.substr(std::min(question + 1, rest.size()));
        out.path = http::percent_decode(rest.substr(0, question), false);
        if (!out.path.starts_with('/')) refuse("has a path that is not absolute");
        if (query.starts_with("db="))
            out.database = number(query.substr(3), 1'000'000, "has a database that is no number");
        else if (!query.empty()) refuse("has a part that means nothing here");
        return out;
    }
    auto const end = std::min(rest.find('/'), rest.size());
    read_host(out, rest.substr(0, end));
    if (auto const database = rest.substr(std::min(end + 1, rest.size())); !database.empty())
        out.database = number(database, 1'000'000, "has a database that is no number");
    return out;
}

std::string address::shown() const
{
    if (transport == transport_kind::local) return path;
    bool const v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + port;
}

bool address::is_local() const noexcept
{
    if (transport == transport_kind::local) return true;
    http::url as_url;
    as_url.host = host;
    return as_url.is_loopback();
}

} // namespace trunkline::redis
