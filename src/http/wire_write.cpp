#include <http/ascii.hpp>
#include <http/wire.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace trunkline::http::wire {
namespace {

void put_field(std::string& out, std::string_view name, std::string_view value)
{
    out.append(name).append(": ").append(value).append("\r\n");
}

void put_number(std::string& out, std::size_t value, int base = 10)
{
    std::array<char, 20> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
    out.append(digits.data(), end);
}

void put_length(std::string& out, std::size_t size)
{
    out += "Content-Length: ";
    put_number(out, size);
    out += "\r\n";
}

bool is_token(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), ascii::is_token);
}

} // namespace

bool is_framing_field(std::string_view name) noexcept
{
    return ascii::equals(name, "Content-Length") || ascii::equals(name, "Transfer-Encoding") ||
        ascii::equals(name, "Connection") || ascii::equals(name, "Host") ||
        ascii::equals(name, "Keep-Alive");
}

bool is_writable(headers const& fields) noexcept
{
    auto const bad = [](char c) { return c != '\t' && ascii::is_control(c); };
    return std::all_of(fields.all().begin(), fields.all().end(), [&](auto const& field) {
        return is_token(field.first) && std::none_of(field.second.begin(), field.second.end(), bad);
    });
}

std::string_view check(request const& r) noexcept
{
    auto const bad = [](char c) { return c == ' ' || ascii::is_control(c); };
    if (!is_token(r.method)) return "the method is not a token";
    if (ascii::equals(r.method, "CONNECT")) return "CONNECT belongs to the transport";
    if (!r.target.starts_with('/')) return "the target does not begin with \"/\"";
    if (std::any_of(r.target.begin(), r.target.end(), bad))
        return "the target holds a space or control character";
    if (!is_writable(r.headers))
        return "a header field holds a control character or has a bad name";
    return {};
}

std::string request_head(
    request const& r, std::string_view target, std::string_view host, headers const& defaults)
{
    std::string out;
    out.reserve(512 + target.size());
    out.append(r.method).append(" ").append(target).append(" HTTP/1.1\r\n");
    put_field(out, "Host", host);
    for (auto const& [name, value] : defaults.all())
        if (!r.headers.contains(name)) put_field(out, name, value);
    for (auto const& [name, value] : r.headers.all())
        if (!is_framing_field(name)) put_field(out, name, value);
    // These methods announce a body even when it is empty; some servers answer 411 otherwise.
    bool const expects_body = r.method == "POST" || r.method == "PUT" || r.method == "PATCH";
    if (!r.body.empty() || expects_body) put_length(out, r.body.size());
    out += "\r\n";
    return out;
}

std::string response_head(
    int status, headers const& fields, std::size_t body_size, response_plan const& plan)
{
    std::string out;
    out.reserve(256);
    out += "HTTP/1.1 ";
    put_number(out, static_cast<std::size_t>(status));
    out.append(" ").append(reason_phrase(status)).append("\r\n");
    if (!fields.contains("Date")) put_field(out, "Date", plan.date);
    for (auto const& [name, value] : fields.all())
        if (!is_framing_field(name)) put_field(out, name, value);
    if (plan.vary_encoding) put_field(out, "Vary", "Accept-Encoding");
    if (plan.gzip) put_field(out, "Content-Encoding", "gzip");
    if (!plan.keep_alive) put_field(out, "Connection", "close");
    else if (plan.http_1_0) put_field(out, "Connection", "keep-alive");
    if (!allows_body(status)) return out += "\r\n";
    if (plan.framing == framing::content_length) {
        put_length(out, body_size);
        return out += "\r\n";
    }
    out += "Transfer-Encoding: chunked\r\n\r\n";
    if (body_size > 0 && !plan.head_only) {
        put_number(out, body_size, 16);
        out += "\r\n";
    }
    return out;
}

std::string_view response_tail(std::size_t body_size, response_plan const& plan) noexcept
{
    if (plan.framing != framing::chunked || plan.head_only) return {};
    return body_size > 0 ? "\r\n0\r\n\r\n" : "0\r\n\r\n";
}

bool allows_body(int status) noexcept
{
    return status >= 200 && status != 204 && status != 304;
}

std::string_view reason_phrase(int status) noexcept
{
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Unnamed"; // a phrase may be empty, but some parsers want one
    }
}

std::string date_text(std::int64_t unix_seconds)
{
    constexpr char const* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr char const* months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const seconds = static_cast<std::time_t>(unix_seconds);
    std::tm t{};
    gmtime_r(&seconds, &t);
    std::array<char, 64> out;
    auto const n = std::snprintf(out.data(), out.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
        days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min,
        t.tm_sec);
    return {out.data(), static_cast<std::size_t>(n)};
}

bool accepts_gzip(std::string_view accept_encoding) noexcept
{
    bool accepted = false;
    ascii::for_each_item(accept_encoding, ",", [&](std::string_view item) {
        auto const semicolon = item.find(';');
        if (!ascii::equals(ascii::trim(item.substr(0, semicolon)), "gzip")) return;
        auto const weight =
            semicolon == std::string_view::npos ? "" : ascii::trim(item.substr(semicolon + 1));
        accepted = !(weight.starts_with("q=0") &&
            weight.find_first_of("123456789") == std::string_view::npos);
    });
    return accepted;
}

} // namespace trunkline::http::wire
