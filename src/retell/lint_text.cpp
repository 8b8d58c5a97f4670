#include "retell/lint_parts.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace trunkline::retell::detail {
namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

bool is_word_char(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0;
}

/// Whether `word` stands in `text` with nothing alphanumeric beside it.
bool has_word(std::string_view text, std::string_view word)
{
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        auto const end = at + word.size();
        if ((at == 0 || !is_word_char(text[at - 1])) &&
            (end == text.size() || !is_word_char(text[end])))
            return true;
    }
    return false;
}

constexpr std::array<std::string_view, 14> placeholder_words = {"todo", "tbd", "fixme", "changeme",
    "change", "placeholder", "dummy", "your", "replace", "insert", "sample", "example", "none",
    "undefined"};

/// "agent_", "conversation_flow_", ...: what says of which kind an id is.
std::string_view without_prefix(std::string_view id)
{
    auto const last = id.rfind('_');
    return last == id.npos ? id : id.substr(last + 1);
}

bool one_character(std::string_view text)
{
    return text.size() >= 4 && text.find_first_not_of(text[0]) == text.npos;
}

bool counts_up(std::string_view text)
{
    constexpr std::string_view digits = "12345678901234567890", letters = "abcdefghijklmnop";
    return text.size() >= 3 && (digits.starts_with(text) || letters.starts_with(text));
}

bool is_in_angle_brackets(std::string_view text)
{
    auto const open = text.find('<');
    return open != text.npos && text.find('>', open) != text.npos;
}

std::string_view host_of(std::string_view url)
{
    auto const scheme = url.find("://");
    auto host = scheme == url.npos ? url : url.substr(scheme + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    if (auto const user = host.rfind('@'); user != host.npos) host.remove_prefix(user + 1);
    return host.substr(0, host.find(':'));
}

/// Where the same passage of at least `least` bytes begins a second time; npos if none does.
/// Passages are whole paragraphs, or the text is one passage written twice.
std::size_t second_passage(std::string_view text, std::size_t least)
{
    if (text.size() < 2 * least) return text.npos;
    for (auto const gap : {0, 1, 2}) {
        auto const half = (text.size() - static_cast<std::size_t>(gap)) / 2;
        auto const second = half + static_cast<std::size_t>(gap);
        if (text.size() - second == half && text.substr(0, half) == text.substr(second))
            return second;
    }
    std::vector<std::pair<std::string_view, std::size_t>> paragraphs;
    for (std::size_t begin = 0; begin < text.size();) {
        auto const end = std::min(text.find("\n\n", begin), text.size());
        if (end - begin >= least) paragraphs.emplace_back(text.substr(begin, end - begin), begin);
        begin = end + 2;
    }
    std::ranges::sort(paragraphs);
    for (std::size_t i = 1; i < paragraphs.size(); ++i)
        if (paragraphs[i].first == paragraphs[i - 1].first) return paragraphs[i].second;
    return text.npos;
}

std::size_t characters_in(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

bool has_variable(std::string_view text) noexcept
{
    auto const open = text.find("{{");
    return open != text.npos && text.find("}}", open) != text.npos;
}

bool is_placeholder_id(std::string_view id)
{
    if (id.empty() || has_variable(id)) return false;
    if (is_in_angle_brackets(id) || id.find("...") != id.npos || id.find("\u2026") != id.npos)
        return true;
    auto const text = lowered(id);
    if (text.find("xxx") != text.npos) return true;
    if (std::ranges::any_of(placeholder_words, [&](auto w) {
            // "_" joins words of an id, so that "your_agent_id" is one of them.
            std::string spaced = text;
            std::ranges::replace(spaced, '_', ' ');
            return has_word(spaced, w);
        }))
        return true;
    std::string bare(without_prefix(text));
    std::erase(bare, '-');
    return one_character(bare) || counts_up(bare) || bare == "id" || bare == "null";
}

bool is_placeholder_url(std::string_view url)
{
    if (has_variable(url)) return false;
    auto const text = lowered(url);
    if (is_in_angle_brackets(text) || text.find("xxx") != text.npos) return true;
    auto const host = host_of(text);
    for (auto const top : {"example.com", "example.org", "example.net"})
        if (host == top || host.ends_with("." + std::string(top))) return true;
    return std::ranges::any_of(
        placeholder_words, [&](auto w) { return w != "example" && has_word(host, w); });
}

bool is_placeholder_number(std::string_view number)
{
    if (has_variable(number)) return false;
    auto const text = lowered(number);
    return is_in_angle_brackets(text) || text.find("xxx") != text.npos ||
        text.find("1234567") != text.npos || text.find("0000000") != text.npos ||
        std::ranges::any_of(placeholder_words, [&](auto w) { return has_word(text, w); });
}

void lint_prompt(
    json::value const& value, json::pointer const& at, std::string const& owner, lint_sink& out)
{
    if (!value.is_string()) return;
    auto const& text = value.as_string();
    auto const& limits = out.config().limits;
    if (auto const n = characters_in(text); n > limits.prompt_chars)
        out.add("prompt-too-long", at,
            owner + " has " + std::to_string(n) + " characters, more than " +
                std::to_string(limits.prompt_chars));
    for (auto const word : {"TO"
                            "DO",
             "FIX"
             "ME",
             "TBD",
             "XX"
             "X"})
        if (has_word(text, word)) {
            out.add("placeholder-text", at, owner + " still holds " + lint_quoted(word));
            break;
        }
    if (lowered(text).find("lorem ipsum") != std::string::npos)
        out.add("placeholder-text", at, owner + " still holds \"lorem ipsum\"");
    constexpr std::size_t shortest_passage = 160;
    if (second_passage(text, shortest_passage) != std::string_view::npos)
        out.add("prompt-doubled", at, owner + " holds the same passage twice");
}

} // namespace trunkline::retell::detail
