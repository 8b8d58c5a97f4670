#include "sync/echoed_secrets.hpp"

#include <trunkline/http/url.hpp>

#include <algorithm>

namespace trunkline::sync::detail {
namespace {

constexpr std::string_view hidden = "***";
constexpr std::string_view cut = "..."; ///< What the client ends a long quotation with.
/// Shorter ones are hidden as whole words only: they may be parts of any.
constexpr std::size_t shortest_anywhere = 6;
constexpr std::size_t shortest_beginning = 4;

bool is_word(char c) noexcept
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_whole_word(std::string_view text, std::size_t at, std::size_t length) noexcept
{
    return (at == 0 || !is_word(text[at - 1])) &&
        (at + length == text.size() || !is_word(text[at + length]));
}

/// As the client quotes: one line, in which runs of space are one.
std::string one_line(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        bool const space = static_cast<unsigned char>(c) <= ' ';
        if (!space) out += c;
        else if (!out.empty() && out.back() != ' ') out += ' ';
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

} // namespace

echoed_secrets::echoed_secrets(retell::resource_kind kind, json::value sent)
{
    retell::for_each_secret(kind, sent, [&](std::string_view secret) {
        add(secret);
        // "Bearer abc": quoted may be the credential alone.
        if (auto const space = secret.rfind(' '); space != secret.npos)
            add(secret.substr(space + 1));
        return std::string(secret);
    });
    std::ranges::sort(spellings_, std::ranges::greater{}, &std::string::size);
    auto const again = std::ranges::unique(spellings_);
    spellings_.erase(again.begin(), again.end());
}

void echoed_secrets::add(std::string_view secret)
{
    if (secret.empty()) return;
    auto const json_text = json::to_text(json::value(std::string(secret)));
    for (auto spelling : {std::string(secret), one_line(secret),
             json_text.substr(1, json_text.size() - 2), http::percent_decode(secret, false),
             http::encode_path_segment(secret), http::encode_query_component(secret)})
        if (!spelling.empty()) spellings_.push_back(std::move(spelling));
}

void echoed_secrets::hide(std::string& text) const
{
    for (auto const& s : spellings_)
        for (auto at = text.find(s); at != text.npos; at = text.find(s, at)) {
            if (s.size() < shortest_anywhere && !is_whole_word(text, at, s.size())) {
                ++at;
                continue;
            }
            text.replace(at, s.size(), hidden);
            at += hidden.size();
        }
    hide_cut_short(text);
}

void echoed_secrets::hide_cut_short(std::string& text) const
{
    for (auto at = text.find(cut); at != text.npos; at = text.find(cut, at + cut.size()))
        for (auto const& s : spellings_)
            for (auto length = std::min(s.size(), at); length >= shortest_beginning; --length)
                if (std::string_view(text).substr(at - length, length) ==
                    std::string_view(s).substr(0, length)) {
                    text.replace(at - length, length, hidden);
                    at = at - length + hidden.size();
                    break;
                }
}

} // namespace trunkline::sync::detail
