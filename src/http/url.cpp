#include <trunkline/http/url.hpp>

#include <http/ascii.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>

namespace trunkline::http {
namespace {

using boost::asio::ip::make_address;

bool is_host_character(char c) noexcept
{
    return ascii::is_unreserved(c) ||
        std::string_view("!$&'()*+,;=").find(c) != std::string_view::npos;
}

bool is_port(std::string_view text) noexcept
{
    unsigned value = 0;
    auto const* const end = text.data() + text.size();
    auto const result = std::from_chars(text.data(), end, value);
    return result.ec == std::errc{} && result.ptr == end && value > 0 && value <= 65535;
}

/// Splits "host", "host:port", "[v6]" and "[v6]:port". False if it is none of these.
bool split_authority(std::string_view text, url& out)
{
    std::string_view host;
    std::string_view rest;
    if (text.starts_with('[')) {
        auto const close = text.find(']');
        if (close == std::string_view::npos) return false;
        host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
        boost::system::error_code ec;
        if (boost::asio::ip::make_address_v6(std::string(host), ec); ec) return false;
    } else {
        auto const colon = std::min(text.find(':'), text.size());
        host = text.substr(0, colon);
        rest = text.substr(colon);
        if (!std::all_of(host.begin(), host.end(), is_host_character)) return false;
    }
    if (host.empty()) return false;
    out.host = ascii::to_lower(host);
    if (rest.empty() || rest == ":") return true;
    if (rest.front() != ':' || !is_port(rest.substr(1))) return false;
    out.port = std::to_string(std::stoul(std::string(rest.substr(1)))); // "0443" is 443
    return true;
}

std::string encode(std::string_view text, bool (*keep)(char))
{
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (char const c : text) {
        if (keep(c)) {
            out += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

} // namespace

bool url::is_loopback() const noexcept
{
    if (host == "localhost") return true;
    boost::system::error_code ec;
    auto const address = make_address(host.c_str(), ec);
    return !ec && address.is_loopback();
}

std::string url::origin() const
{
    return scheme + "://" + authority();
}

std::string url::authority() const
{
    bool const v6 = host.find(':') != std::string::npos;
    return (v6 ? '[' + host + ']' : host) + ':' + port;
}

std::optional<url> parse_url(std::string_view text)
{
    auto const refused = [](char c) { return c == ' ' || c == '\\' || ascii::is_control(c); };
    if (std::any_of(text.begin(), text.end(), refused)) return std::nullopt;
    auto const separator = text.find("://");
    if (separator == std::string_view::npos) return std::nullopt;

    url out;
    out.scheme = ascii::to_lower(text.substr(0, separator));
    if (out.scheme != "http" && out.scheme != "https") return std::nullopt;
    out.port = out.is_tls() ? "443" : "80";

    text.remove_prefix(separator + 3);
    text = text.substr(0, text.find('#'));
    auto const end = std::min(text.find_first_of("/?"), text.size());
    auto authority = text.substr(0, end);
    text.remove_prefix(end);
    if (auto const at = authority.rfind('@'); at != std::string_view::npos) {
        out.userinfo = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    if (!split_authority(authority, out)) return std::nullopt;

    auto const question = text.find('?');
    if (question != std::string_view::npos) out.query = text.substr(question + 1);
    auto path = text.substr(0, question);
    while (path.ends_with('/')) path.remove_suffix(1);
    out.path = path;
    return out;
}

std::string encode_path_segment(std::string_view text)
{
    // A segment of dots only would be taken as a step up the path; encoded, at least no client or
    // proxy that works on the raw text does so.
    if (text == ".") return "%2E";
    if (text == "..") return "%2E%2E";
    return encode(text, [](char c) {
        return ascii::is_unreserved(c) ||
            std::string_view("!$&'()*+,;=:@").find(c) != std::string_view::npos;
    });
}

std::string encode_query_component(std::string_view text)
{
    return encode(text, ascii::is_unreserved);
}

std::string percent_decode(std::string_view text, bool plus_is_space)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            int const high = ascii::hex_value(text[i + 1]);
            int const low = ascii::hex_value(text[i + 2]);
            if (high >= 0 && low >= 0) {
                out += static_cast<char>(high * 16 + low);
                i += 2;
                continue;
            }
        }
        out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
    return out;
}

} // namespace trunkline::http
